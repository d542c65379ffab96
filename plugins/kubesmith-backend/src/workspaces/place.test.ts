import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeOf } from './place';

describe('The name of a place', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-place-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('should be made once, also by several at once, and stay', async () => {
    const data = join(folder, 'data');
    const places = await Promise.all(
      Array.from({ length: 8 }, () => placeOf(data)),
    );
    expect(new Set(places).size).toBe(1);
    expect(places[0]).toMatch(/^[0-9a-f-]{36}@/);
    expect(places[0].endsWith(`@${hostname()}`)).toBe(true);
    expect(await placeOf(data)).toBe(places[0]);
    expect(await readdir(data)).toEqual(['place-id']);
    expect(await placeOf(join(folder, 'other'))).not.toBe(places[0]);
  });

  it('should not be guessed when it is damaged', async () => {
    await writeFile(join(folder, 'place-id'), '');
    await expect(placeOf(folder)).rejects.toThrow('place-id is damaged');
  });
});
