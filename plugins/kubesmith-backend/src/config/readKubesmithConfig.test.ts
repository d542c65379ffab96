import { ConfigReader } from '@backstage/config';
import { testConfigData } from '../__testUtils__/config';
import { NO_OVERRIDES } from './environments';
import { readKubesmithConfig } from './readKubesmithConfig';

type Data = ReturnType<typeof testConfigData>;

function read(change: (data: any) => void = () => {}) {
  const kubesmith: Data = testConfigData();
  change(kubesmith);
  return readKubesmithConfig(new ConfigReader({ kubesmith }));
}

describe('readKubesmithConfig', () => {
  it('reads everything, with units converted and defaults filled in', () => {
    const config = read();
    expect(config.encryption.keys[0].secret).toHaveLength(32);
    expect(config.sizes).toEqual([
      { name: 'small', title: 'Small', vcpu: 2, memoryMiB: 4096, diskGiB: 20 },
      { name: 'large', title: 'large', vcpu: 8, memoryMiB: 16384, diskGiB: 80 },
    ]);
    expect(config.tools).toMatchObject({
      terraform: 'terraform',
      ansiblePlaybook: 'ansible-playbook',
    });
    const [course, research] = config.environments;
    expect(course).toMatchObject({
      leaseDays: 90,
      maxLeaseDays: 360,
      graceDays: 7,
      maxWorkers: 19,
      members: ['group:default/students'],
      pool: { prefixLength: 24, quarantineMs: 0 },
      nodeOverrides: {
        kubelet: {},
        kube_proxy: {},
        kubeadm: { ignore_preflight_errors: [] },
        containerd: { restrict_oom_score_adj: false },
        mirrors: { apt_kubernetes: null },
      },
    });
    expect(research).toMatchObject({
      title: 'research',
      members: [],
      maxWorkers: 9,
      pool: { quarantineMs: 1_800_000 },
      sizes: [{ name: 'small' }, { name: 'large' }],
    });
  });

  it('finds the roots of the tools in the repository that the portal runs from', () => {
    const config = read(data => {
      data.tools = undefined;
    });
    expect(config.tools.terraformRoot).toMatch(/\/terraform\/cluster$/);
    expect(config.tools.ansibleRoot).toMatch(/\/ansible$/);
  });

  it('leaves the policies to the module that they are for', () => {
    const data = {
      ...testConfigData(),
      policyEngine: 'kubesmith',
      policies: { files: ['/etc/kubesmith/policies.yaml'], otherwise: 'deny' },
    };
    expect(() =>
      readKubesmithConfig(new ConfigReader({ kubesmith: data })),
    ).not.toThrow();
    expect(() =>
      readKubesmithConfig(
        new ConfigReader({ kubesmith: { ...data, policyEngine: 'none' } }),
      ),
    ).toThrow(/policyEngine: write kubesmith or other/);
  });

  it('takes refs in any case', () => {
    const { administrators } = read(data => {
      data.administrators = ['Group:default/Administrators'];
    });
    expect(administrators).toEqual(['group:default/administrators']);
  });

  it('takes the overrides of nodes as the roles do', () => {
    const { environments } = read(data => {
      data.environments[0].nodeOverrides = {
        kubelet: { failSwapOn: false },
        kubeadm: { ignore_preflight_errors: ['SystemVerification'] },
        containerd: { restrict_oom_score_adj: true },
        mirrors: {
          apt_kubernetes: {
            url: 'http://mirror.example.org/apt',
            key_url: 'http://mirror.example.org/key',
          },
        },
      };
    });
    expect(environments[0].nodeOverrides).toMatchObject({
      kubelet: { failSwapOn: false },
      kube_proxy: {},
      containerd: { restrict_oom_score_adj: true },
    });
  });

  it('gives the overrides for all nodes to environments without their own', () => {
    const { environments, proxmox } = read(data => {
      data.proxmox.nodeOverrides = { kubelet: { failSwapOn: false } };
      data.environments[0].nodeOverrides = { kubelet: { podPidsLimit: 9 } };
      delete data.environments[1].nodeOverrides;
    });
    expect(environments[0].nodeOverrides.kubelet).toEqual({ podPidsLimit: 9 });
    expect(environments[1].nodeOverrides).toEqual({
      ...NO_OVERRIDES,
      kubelet: { failSwapOn: false },
    });
    expect(proxmox.nodeOverrides).toEqual(environments[1].nodeOverrides);
    expect(read(() => {}).proxmox.nodeOverrides).toEqual(NO_OVERRIDES);
  });

  it('says where the section is missing', () => {
    expect(() => readKubesmithConfig(new ConfigReader({}))).toThrow(
      /no section `kubesmith`.*README/,
    );
  });

  it.each<[string, (data: any) => void, RegExp]>([
    [
      'a missing value',
      data => delete data.dataDirectory,
      /kubesmith\.dataDirectory: is missing; add it/,
    ],
    [
      'a key that does not exist',
      data => (data.environments[0].proxmox.vlam = 3),
      /kubesmith\.environments\[0\]\.proxmox: .*vlam/,
    ],
    [
      'a short encryption key',
      data => (data.encryption.keys[0].secret = 'c2hvcnQ='),
      /kubesmith\.encryption\.keys\[0\]\.secret: give 32 random bytes in base64/,
    ],
    [
      'an unencrypted endpoint',
      data => (data.proxmox.endpoint = 'http://pve:8006'),
      /kubesmith\.proxmox\.endpoint: write an https address/,
    ],
    [
      'a token id without a name',
      data => (data.proxmox.tokenId = 'root@pam'),
      /kubesmith\.proxmox\.tokenId: write USER@REALM!NAME/,
    ],
    [
      'a range outside its network',
      data => (data.environments[0].pool.last = '10.40.20.3'),
      /kubesmith\.environments\[0\]\.pool\.last: choose an address in 10\.40\.19\.0\/24/,
    ],
    [
      'a range that ends before it begins',
      data => (data.environments[0].pool.last = '10.40.19.200'),
      /pool\.last: choose an address that is not before/,
    ],
    [
      'an address that is none',
      data => (data.environments[0].pool.gateway = '10.40.19.256'),
      /pool\.gateway: write an IPv4 address/,
    ],
    [
      'kubeconfigs for ever',
      data => ((data as any).kubeconfigs = { maxHours: 169 }),
      /kubesmith\.kubeconfigs\.maxHours: choose at most 168 hours/,
    ],
    [
      'a gateway among the addresses',
      data => (data.environments[0].pool.gateway = '10.40.19.201'),
      /environments\[0\]\.pool\.gateway: choose an address that is not from `first` to `last`/,
    ],
    [
      'a longest lease that is shorter than the usual one',
      data => (data.environments[0].maxLease = { days: 89 }),
      /environments\[0\]\.maxLease: must not be shorter than `lease`/,
    ],
    [
      'no lease at all',
      data => (data.environments[0].lease = {}),
      /environments\[0\]\.lease: choose a time of at most ten years/,
    ],
    [
      'a network that no role knows',
      data => (data.environments[0].cni = 'calico'),
      /environments\[0\]\.cni: use one of kube-router/,
    ],
    [
      'a name that could be syntax',
      data => (data.environments[0].proxmox.datastore = 'a b;c'),
      /proxmox\.datastore: use letters, digits/,
    ],
    [
      'a size that is not listed',
      data => (data.environments[0].sizes = ['tiny']),
      /environments\[0\]\.sizes: there is no size 'tiny'; use one of small, large/,
    ],
    [
      'a version that YAML turned into a number',
      data => (data.environments[0].kubernetesVersions = [1.36]),
      /kubernetesVersions\[0\]: /,
    ],
    [
      'an owner that is no ref',
      data => (data.environments[0].owner = 'instructors'),
      /environments\[0\]\.owner: write user:NAMESPACE\/NAME or group:NAMESPACE\/NAME/,
    ],
    [
      'too many workers',
      data => (data.environments[0].maxWorkers = 20),
      /environments\[0\]\.maxWorkers: /,
    ],
    [
      'an environment twice',
      data => (data.environments[1].name = data.environments[0].name),
      /kubesmith\.environments: there is more than one 'distributed-systems-2026'/,
    ],
    [
      'overlapping pools',
      data =>
        Object.assign(data.environments[1].pool, {
          ...data.environments[0].pool,
          name: 'other',
          first: '10.40.19.253',
          last: '10.40.19.253',
        }),
      /environments\[1\]\.pool: its addresses overlap those of the pool 'lab'/,
    ],
    [
      'a pool that is described in two ways',
      data => (data.environments[1].pool.name = 'lab'),
      /environments\[1\]\.pool: the pool 'lab' is described differently elsewhere/,
    ],
    [
      'an unknown override',
      data => (data.environments[0].nodeOverrides = { kubeproxy: {} }),
      /environments\[0\]\.nodeOverrides: .*kubeproxy/,
    ],
  ])('refuses %s, with key and remedy', (_, change, message) => {
    expect(() => read(change)).toThrow(message);
  });

  it('reports all mistakes at once, and no secret', () => {
    const message = (() => {
      try {
        read(data => {
          data.proxmox.tokenId = 'bad';
          data.encryption.keys[0].secret = 'canary-secret';
        });
        return '';
      } catch (error) {
        return String(error);
      }
    })();
    expect(message).toContain('kubesmith.proxmox.tokenId');
    expect(message).toContain('kubesmith.encryption.keys[0].secret');
    expect(message).not.toContain('canary');
  });
});
