import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.long.test.ts'],
    globalSetup: ['test/build.setup.ts'],
    // Above the limits of the waits within the tests, which say what did not come. On a loaded machine a process may take
    // twenty times as long as usual.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 120_000 } },
    // Two cores is what CI and most laptops on battery give; more workers only make process tests slower.
    maxWorkers: 2,
  },
});
