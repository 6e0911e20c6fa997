import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.long.test.ts'],
    globalSetup: ['test/build.setup.ts'],
    // Ten times what the longest of them takes, for a loaded machine.
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 120_000 } },
    // Most of these tests wait for other programs, so two files at a time take little more than half the time.
    maxWorkers: 2,
  },
});
