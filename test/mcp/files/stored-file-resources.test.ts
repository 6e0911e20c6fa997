/** Objects of the allowed buckets as resources, and the completion of their addresses. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toolboxOver } from '../harness.ts';
import { bucket, bucketUrl, type FileTools, startFileTools } from './file-tools.ts';

const caller = { name: 'test', signal: new AbortController().signal };
let files: FileTools;
beforeAll(async () => {
  files = await startFileTools();
  await files.put('shown/a.txt', 'text of a');
  await files.put('shown/deeper/b.txt', 'text of b');
  await files.put('secret/c.txt', 'text of c');
});
afterAll(() => files.stop());

const complete = async (name: string, value: string, context = {}) =>
  (await files.service.complete({ name, value, context })).values;

test('The allowed buckets are listed, with a template for their objects', async () => {
  const { resources, templates } = await files.service.resources('ap-guangzhou');
  expect(resources.map(({ uri }) => uri)).toContain(`${bucketUrl}/`);
  expect(templates.map(({ uriTemplate }) => uriTemplate)).toContain(
    'cos://{Bucket}.cos.{Region}.myqcloud.com/{+Key}',
  );
});

test('A directory is read as its list, an object as its text in a fence', async () => {
  const directory = await files.service.read(`${bucketUrl}/shown/`, caller);
  expect(directory).toMatchObject({ mimeType: 'application/json' });
  expect(JSON.parse(directory && 'text' in directory ? String(directory.text) : '')).toMatchObject({
    directories: ['deeper/'],
    files: [{ name: 'a.txt', size: 9 }],
  });
  const object = await files.service.read(`${bucketUrl}/shown/a.txt`, caller);
  expect(object && 'text' in object ? object.text : '').toMatch(
    /<<DATA-\w+ 9 of 9 bytes of an object\ntext of a\n/,
  );
});

test('Bucket and Key are completed, one directory at a time', async () => {
  expect(await complete('Bucket', 'res')).toEqual([bucket]);
  const context = { Bucket: bucket, Region: 'ap-guangzhou' };
  expect(await complete('Key', '', context)).toEqual(['secret/', 'shown/']);
  expect(await complete('Key', 'shown/', context)).toEqual(['shown/deeper/', 'shown/a.txt']);
  expect(await complete('Key', 'shown/a', context)).toEqual(['shown/a.txt']);
});

test('What is outside the allowed directories is neither read nor completed', async () => {
  const service = toolboxOver(files.engine, ['--buckets', `${bucketUrl}/shown/`]);
  try {
    expect(await service.read(`${bucketUrl}/secret/c.txt`, caller)).toBeUndefined();
    expect(await service.read(`${bucketUrl}/`, caller)).toBeUndefined();
    expect(await service.read(`${bucketUrl}/missing-object`, caller)).toBeUndefined();
    const context = { Bucket: bucket, Region: 'ap-guangzhou' };
    expect((await service.complete({ name: 'Key', value: '', context })).values).toEqual(['shown/']);
    expect((await service.complete({ name: 'Key', value: 'secret/', context })).values).toEqual([]);
  } finally {
    await service.close();
  }
});
