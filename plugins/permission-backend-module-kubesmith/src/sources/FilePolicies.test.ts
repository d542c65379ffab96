import fs from 'node:fs';
import {
  appendFile,
  mkdtemp,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import { FilePolicies } from './FilePolicies';

const head = 'apiVersion: kubesmith.io/v1\nkind: Policies\n';
const withRole = (name: string) => `${head}roles:\n  - name: ${name}\n`;

describe('FilePolicies', () => {
  let folder: string;
  let path: string;
  let source: FilePolicies | undefined;
  const logger = mockServices.logger.mock();
  const outcomes: string[] = [];
  const auditor = mockServices.auditor.mock();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'policies-'));
    path = join(folder, 'policies.yaml');
    await writeFile(path, withRole('first'));
    outcomes.length = 0;
    jest.clearAllMocks();
    auditor.createEvent.mockImplementation(async ({ eventId, meta }) => {
      const note = (outcome: string) =>
        void outcomes.push(`${eventId} ${meta?.actionType} ${outcome}`);
      return {
        success: async () => note('success'),
        fail: async ({ error }: { error: Error }) => note(error.message),
      };
    });
  });

  afterEach(async () => {
    source?.stop();
    source = undefined;
    await rm(folder, { recursive: true });
  });

  const start = (change: { pollMs?: number } = {}) =>
    FilePolicies.start({
      files: [path],
      administrators: [],
      auditor,
      logger,
      pollMs: 3_600_000,
      ...change,
    });
  const roles = async () =>
    (await source!.current()).policies.document.roles.map(({ name }) => name);
  async function until(condition: () => boolean | Promise<boolean>) {
    const deadline = Date.now() + 20_000;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error('Waited in vain');
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  }
  const untilRoleIs = (name: string) =>
    until(async () => (await roles()).join() === name);

  it.each<[string, () => Promise<void>]>([
    ['written in place', () => writeFile(path, withRole('second'))],
    [
      'replaced',
      async () => {
        await writeFile(`${path}.new`, withRole('second'));
        await rename(`${path}.new`, path);
      },
    ],
    [
      'written in pieces, which are policies by themselves',
      async () => {
        await truncate(path);
        await appendFile(path, head);
        await appendFile(path, 'roles:\n');
        await appendFile(path, '  - name: second\n');
      },
    ],
  ])('follows a file that is %s', async (_, change) => {
    source = await start();
    await change();
    await untilRoleIs('second');
    expect(source.health()).toEqual({ status: 'ok', problems: [] });
    expect(outcomes).toEqual(['policy-mutate reload success']);
  });

  it('notices changes where nothing tells of them', async () => {
    // As on a network file system: the folder's own events never come.
    const watching = jest.spyOn(fs, 'watch').mockImplementation(() => {
      throw new Error('not supported');
    });
    source = await start({ pollMs: 20 });
    expect(watching).toHaveBeenCalled();
    watching.mockRestore();
    await writeFile(path, withRole('second'));
    await untilRoleIs('second');
    expect(logger.warn).toHaveBeenCalledTimes(1);
  });

  it('keeps the last good state of a broken file and shouts', async () => {
    source = await start();
    const before = await source.current();
    await writeFile(path, `${head}roles:\n  - name: Second\n`);
    await until(() => source!.health().status === 'failing');
    await until(() => outcomes.length === 1);
    expect(await source.current()).toBe(before);
    expect(source.health().problems).toEqual([
      expect.objectContaining({
        path: 'roles[0].name',
        line: 4,
        column: 11,
        message: expect.stringContaining("'Second' cannot be the name"),
      }),
    ]);
    expect(logger.error).toHaveBeenCalledTimes(1);
    expect(logger.error.mock.calls[0][0]).toMatch(
      /the last good ones stay in force:\n.*policies\.yaml:4:11 roles\[0\]\.name/,
    );
    expect(outcomes[0]).toContain('policy-mutate reload The changed policies');

    await rm(path);
    await until(
      () => source!.health().problems[0]?.message.includes('no such') ?? false,
    );
    expect(await source.current()).toBe(before);

    await writeFile(path, withRole('third'));
    await untilRoleIs('third');
    expect(source.health().status).toBe('ok');
  });

  it('follows files that are included from now on', async () => {
    source = await start();
    await writeFile(join(folder, 'more.yaml'), withRole('more'));
    await writeFile(path, `${head}include: [more.yaml]\n`);
    await untilRoleIs('more');
    await writeFile(join(folder, 'more.yaml'), withRole('changed'));
    await untilRoleIs('changed');
    expect(source.files.map(file => basename(file))).toEqual([
      'policies.yaml',
      'more.yaml',
    ]);
  });

  it('ends with the last of many quick changes', async () => {
    source = await start();
    for (let n = 1; n <= 40; n++) {
      await writeFile(path, withRole(`role-${n}`));
    }
    await untilRoleIs('role-40');
    expect(source.health().status).toBe('ok');
  });

  it('does not start with a mistake', async () => {
    await writeFile(path, `${head}rolls: []`);
    await expect(start()).rejects.toThrow(
      /cannot be used:\n.*policies\.yaml:3:1 rolls: there is no field 'rolls' here/,
    );
  });
});
