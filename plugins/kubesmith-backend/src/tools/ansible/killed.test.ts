import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyPair } from '../ssh/__testUtils__/keyPair';
import { AnsibleWorkspace } from './AnsibleWorkspace';

jest.setTimeout(60_000);

describe('A playbook that the kernel kills for want of memory', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-oom-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is a failure of which nobody knows what it did, and is run again', async () => {
    const program = join(folder, 'simulated-playbook');
    const run = async (body: string) => {
      await writeFile(program, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
      await new AnsibleWorkspace({
        directory: join(folder, 'cluster'),
        program,
        root: folder,
      }).run(
        {
          inventory: {},
          privateKey: keyPair().private,
          knownHosts: '10.40.19.201 ssh-ed25519 AAAA\n',
          user: 'kubesmith',
          forks: 5,
        },
        { signal: new AbortController().signal },
      );
    };
    await expect(run('kill -9 $$')).rejects.toMatchObject({
      failure: { code: 'KUBESMITH-TOOL-KILLED', class: 'ambiguous' },
    });
    await run('exit 0');
  });
});
