import type { EnvironmentDraft } from '@kubesmith/plugin-kubesmith-common';
import { testConfig } from '../__testUtils__/config';
import { aDraft, withPool, withProxmox } from './__testUtils__/draft';
import { readDraft } from './readDraft';

const { sizes } = testConfig();

describe('readDraft', () => {
  it('reads what is filled in, and the rest as the configuration does', () => {
    expect(readDraft(aDraft(), sizes)).toMatchObject({
      problems: [],
      environment: {
        name: 'databases-2026',
        pool: { prefixLength: 24, quarantineMs: 300_000 },
        sizes: [{ name: 'small', vcpu: 2, memoryMiB: 4096 }],
        leaseDays: 30,
        maxLeaseDays: 60,
        graceDays: 3,
        nodeOverrides: { kubelet: {} },
      },
    });
    const { leaseDays, maxLeaseDays, graceDays, maxWorkers, ...least } = aDraft(
      { title: '', description: '' },
    );
    expect(readDraft(least, sizes).environment).toMatchObject({
      title: 'databases-2026',
      description: undefined,
      leaseDays: 90,
      maxLeaseDays: 360,
      graceDays: 7,
      maxWorkers: 19,
    });
  });

  it('says all that is missing at once', () => {
    const { environment, problems } = readDraft({}, sizes);
    expect(environment).toBeUndefined();
    expect(problems.map(({ field, code }) => `${field} ${code}`)).toEqual(
      ['name', 'owner', 'pool', 'proxmox', 'sizes', 'kubernetesVersions']
        .map(field => `${field} KUBESMITH-FIELD-MISSING`)
        .concat('cni KUBESMITH-ENVIRONMENT-INVALID'),
    );
  });

  it.each<[string, EnvironmentDraft, string, RegExp]>([
    [
      'a name with capitals',
      aDraft({ name: 'Databases' }),
      'name',
      /^Use 1 to 40 lower-case/,
    ],
    [
      'a name that is too long',
      aDraft({ name: 'a'.repeat(41) }),
      'name',
      /^Use 1 to 40/,
    ],
    [
      'an owner that is no ref',
      aDraft({ owner: 'instructors' }),
      'owner',
      /^Write user:NAMESPACE/,
    ],
    [
      'a member that is no ref',
      aDraft({ members: ['group:default/a', 'b'] }),
      'members.1',
      /^Write user:/,
    ],
    [
      'no network',
      withPool({ cidr: '10.42.0.0' }),
      'pool.cidr',
      /^Write an IPv4 network/,
    ],
    [
      'an end outside of the network',
      withPool({ last: '10.43.0.1' }),
      'pool.last',
      /^Choose an address in 10\.42/,
    ],
    [
      'ends the wrong way round',
      withPool({ first: '10.42.0.50' }),
      'pool.last',
      /not before/,
    ],
    [
      'a gateway in the range',
      withPool({ gateway: '10.42.0.20' }),
      'pool.gateway',
      /not from `first`/,
    ],
    [
      'a name server that is a name',
      withPool({ dnsServers: ['dns'] }),
      'pool.dnsServers.0',
      /^Write an IPv4/,
    ],
    [
      'a negative rest',
      withPool({ quarantineMinutes: -1 }),
      'pool.quarantineMinutes',
      />=0/,
    ],
    [
      'a VLAN that there is not',
      withProxmox({ vlan: 4095 }),
      'proxmox.vlan',
      /4094/,
    ],
    [
      'a bridge that could be syntax',
      withProxmox({ bridge: 'vmbr0;x' }),
      'proxmox.bridge',
      /^Use letters/,
    ],
    [
      'no host',
      withProxmox({ hosts: [] }),
      'proxmox.hosts',
      /^Name at least one host/,
    ],
    [
      'ids the wrong way round',
      withProxmox({ vmids: { first: 200, last: 199 } }),
      'proxmox.vmids',
      /must not be less/,
    ],
    [
      'the template among the ids',
      withProxmox({ templateVmid: 40_001 }),
      'proxmox.vmids',
      /without the template/,
    ],
    [
      'an unknown size',
      aDraft({ sizes: ['tiny'] }),
      'sizes',
      /There is no size 'tiny'; use one of small, large/,
    ],
    [
      'half a version',
      aDraft({ kubernetesVersions: ['1.36'] }),
      'kubernetesVersions.0',
      /full version/,
    ],
    ['an unknown network', aDraft({ cni: 'calico' }), 'cni', /kube-router/],
    ['too many workers', aDraft({ maxWorkers: 20 }), 'maxWorkers', /19/],
    ['no lease', aDraft({ leaseDays: 0 }), 'leaseDays', /at most ten years/],
    [
      'a longest lease below the usual',
      aDraft({ maxLeaseDays: 29 }),
      'maxLeaseDays',
      /not be shorter/,
    ],
    [
      'endless grace',
      aDraft({ graceDays: 400 }),
      'graceDays',
      /at most a year/,
    ],
  ])('refuses %s at its field', (_, draft, field, remedy) => {
    const { environment, problems } = readDraft(draft, sizes);
    expect(environment).toBeUndefined();
    expect(problems).toEqual([
      expect.objectContaining({
        field,
        code: 'KUBESMITH-ENVIRONMENT-INVALID',
        remedy: expect.stringMatching(remedy),
      }),
    ]);
  });
});
