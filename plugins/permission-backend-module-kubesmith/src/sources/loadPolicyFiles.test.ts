import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatPolicyProblem } from '@kubesmith/plugin-kubesmith-common';
import { loadPolicyFiles } from './loadPolicyFiles';

const head = 'apiVersion: kubesmith.io/v1\nkind: Policies\n';

describe('loadPolicyFiles', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'policies-'));
    await mkdir(join(folder, 'courses'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function load(files: Record<string, string>, ...names: string[]) {
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(folder, name), text);
    }
    const loaded = await loadPolicyFiles(names.map(name => join(folder, name)));
    return {
      roles: loaded.document?.roles.map(({ name }) => name),
      problems: loaded.problems.map(problem =>
        formatPolicyProblem(problem).replaceAll(`${folder}/`, ''),
      ),
      files: loaded.files.map(file => file.slice(folder.length + 1)),
    };
  }

  it('reads several files and what they include, each once', async () => {
    await expect(
      load(
        {
          'a.yaml': `${head}include: [courses/x.yaml]\nroles: [{ name: one }]`,
          'b.yaml': `${head}include: [courses/x.yaml]\nroles: [{ name: two }]`,
          'courses/x.yaml': `${head}roles: [{ name: three }]`,
        },
        'a.yaml',
        'b.yaml',
      ),
    ).resolves.toEqual({
      roles: ['one', 'three', 'two'],
      problems: [],
      files: ['a.yaml', 'courses/x.yaml', 'b.yaml'],
    });
  });

  it('names the files that include each other', async () => {
    const { roles, problems } = await load(
      {
        'a.yaml': `${head}include: [b.yaml]`,
        'b.yaml': `${head}include:\n  - a.yaml`,
      },
      'a.yaml',
    );
    expect(roles).toBeUndefined();
    expect(problems).toEqual([
      'b.yaml:4:5 include[0]: these files include each other: a.yaml > b.yaml > a.yaml',
    ]);
  });

  it('names a role that two files have', async () => {
    const { problems } = await load(
      {
        'a.yaml': `${head}roles: [{ name: one }]`,
        'b.yaml': `${head}roles:\n  - name: one`,
      },
      'a.yaml',
      'b.yaml',
    );
    expect(problems).toEqual([
      "b.yaml:4:11 roles[0].name: there already is a role 'one' in a.yaml",
    ]);
  });

  it('names files that are missing or too large, and every mistake', async () => {
    const { problems, files } = await load(
      {
        'a.yaml': `${head}include: [none.yaml]\nroles: [{ name: A }]`,
        'c.yaml': `${head}include: [none.yaml, huge.yaml]`,
        'huge.yaml': 'x'.repeat(3_000_000),
      },
      'a.yaml',
      'b.yaml',
      'c.yaml',
    );
    expect(problems).toEqual([
      expect.stringMatching(/^a\.yaml:4:17 roles\[0\]\.name: 'A' cannot be/),
      'kubesmith.policies.files[1]: b.yaml: there is no such file',
      'c.yaml:3:11 include[0]: none.yaml: there is no such file',
      expect.stringContaining(
        'huge.yaml: has 3000000 bytes; 262144 characters',
      ),
    ]);
    expect(files).toContain('b.yaml');
  });
});
