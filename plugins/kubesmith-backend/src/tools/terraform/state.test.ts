import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseState, readState } from './state';

const MACHINE = {
  mode: 'managed',
  type: 'proxmox_virtual_environment_vm',
  name: 'node',
};
const instance = (node: string, vmid: number, more: object = {}) => ({
  index_key: node,
  attributes: { vm_id: vmid, node_name: 'pve1' },
  ...more,
});
const stateOf = (
  instances: object[],
  more: object = { lineage: 'ours', serial: 4 },
) =>
  JSON.stringify({
    version: 4,
    ...more,
    resources: [{ ...MACHINE, instances }],
  });

describe('parseState', () => {
  it('should list the machines of the module, and which are tainted', () => {
    const text = JSON.stringify({
      serial: 4,
      lineage: 'ours',
      resources: [
        { ...MACHINE, mode: 'data', instances: [instance('x', 1)] },
        {
          ...MACHINE,
          instances: [
            instance('demo-cp-1', 20_000),
            instance('demo-w-1', 20_001, { status: 'tainted' }),
          ],
        },
      ],
    });
    expect(parseState(text)).toEqual({
      serial: 4,
      lineage: 'ours',
      machines: [
        { node: 'demo-cp-1', vmid: 20_000, host: 'pve1', tainted: false },
        { node: 'demo-w-1', vmid: 20_001, host: 'pve1', tainted: true },
      ],
    });
  });

  it.each(['', '{"version": 4, "serial": 12, "resou', 'null', '[]', '{}', '7'])(
    'should not believe %p',
    text => {
      expect(parseState(text)).toBeUndefined();
    },
  );
});

describe('readState', () => {
  const expected = {
    nodes: [{ name: 'demo-cp-1', vmid: 20_000 }],
    lineage: 'ours',
  };
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-state-'));
    path = join(folder, 'terraform.tfstate');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('should take a missing file for an empty state', async () => {
    expect(await readState(path, expected)).toEqual({
      state: { serial: 0, machines: [] },
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('should believe a state that is about our machines', async () => {
    await writeFile(path, stateOf([instance('demo-cp-1', 20_000)]));
    const { state, putAside } = await readState(path, expected);
    expect(putAside).toBeUndefined();
    expect(state.machines.map(({ vmid }) => vmid)).toEqual([20_000]);
  });

  it.each([
    ['truncated', '{"version": 4, "serial": 12, "resou', 'broken'],
    ['empty', '', 'broken'],
    [
      'about a machine of another name',
      stateOf([instance('other-cp-1', 20_000)]),
      'of-another-lineage',
    ],
    [
      'about a machine with another id',
      stateOf([instance('demo-cp-1', 20_007)]),
      'of-another-lineage',
    ],
    [
      'begun by somebody else',
      stateOf([], { lineage: 'theirs', serial: 1 }),
      'of-another-lineage',
    ],
  ])('should put a state aside that is %s', async (_, text, label) => {
    await writeFile(path, text);
    const { state, putAside } = await readState(path, expected);
    expect(state).toEqual({ serial: 0, machines: [] });
    const [name, ...others] = await readdir(folder);
    expect(others).toEqual([]);
    expect(name).toMatch(
      new RegExp(`^terraform\\.tfstate\\.${label}-\\d{8}T\\d{9}Z$`),
    );
    expect(putAside?.path).toBe(join(folder, name));
    expect(await readFile(putAside!.path, 'utf8')).toBe(text);
  });
});
