import {
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecord } from './readRecord';
import { replaceFile } from './replaceFile';

describe('files of ours', () => {
  let folder: string;
  const path = () => join(folder, 'record.json');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-files-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('should be replaced whole, for their owner only', async () => {
    await replaceFile(path(), '{"pid":1}');
    await replaceFile(path(), '{"pid":2}', { flush: true });
    expect(await readFile(path(), 'utf8')).toBe('{"pid":2}');
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['record.json']);
    expect(await readRecord(path())).toEqual({
      state: 'there',
      value: { pid: 2 },
    });
  });

  it('should keep the old text when the new one cannot be written', async () => {
    await replaceFile(path(), '{"pid":1}');
    await mkdir(`${path()}.new`);
    await expect(replaceFile(path(), '{"pid":2}')).rejects.toThrow('EISDIR');
    expect(await readFile(path(), 'utf8')).toBe('{"pid":1}');
  });

  it('should tell none, damaged and unreadable apart', async () => {
    expect(await readRecord(path())).toEqual({ state: 'none' });
    for (const text of ['', '{"pid":', 'null', '7']) {
      await writeFile(path(), text);
      expect(await readRecord(path())).toEqual({ state: 'damaged' });
    }
    await expect(readRecord(folder)).rejects.toThrow('EISDIR');
  });
});
