import { parse } from 'yaml';
import { buildKubeconfig } from './kubeconfig';
import { grantManifests, grantRemoval } from './manifests';

const values = {
  environment: 'research',
  cluster: 'demo',
  server: 'https://10.40.19.201:6443',
  ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  user: 'user:default/ada',
  token: 'header.payload.signature',
};

describe('buildKubeconfig', () => {
  it('names everything after environment and cluster', () => {
    const config = parse(buildKubeconfig(values));
    expect(config).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      preferences: {},
      'current-context': 'research.demo',
      clusters: [
        {
          name: 'research.demo',
          cluster: {
            server: 'https://10.40.19.201:6443',
            'certificate-authority-data': Buffer.from(values.ca).toString(
              'base64',
            ),
          },
        },
      ],
      users: [
        {
          name: 'research.demo/user:default/ada',
          user: { token: 'header.payload.signature' },
        },
      ],
      contexts: [
        {
          name: 'research.demo',
          context: {
            cluster: 'research.demo',
            user: 'research.demo/user:default/ada',
          },
        },
      ],
    });
  });

  it.each([
    'a: b',
    '"',
    "'",
    '\n- x',
    '{}',
    '#',
    '!!js/function x',
    'no',
    '1e3',
  ])('keeps the text %p as it is', text => {
    const config = parse(
      buildKubeconfig({ ...values, token: text, user: text }),
    );
    expect(config.users).toEqual([
      { name: `research.demo/${text}`, user: { token: text } },
    ]);
  });

  it('does not break long tokens into lines', () => {
    const token = 'x'.repeat(2000);
    expect(buildKubeconfig({ ...values, token })).toContain(token);
  });
});

describe('manifests of a grant', () => {
  const grant = {
    id: '1',
    userRef: 'user:default/ada',
    role: 'viewer' as const,
    serviceAccount: 'grant-1',
    secretName: 'grant-1',
  };
  const roles = (list: Record<string, any>) =>
    list.items
      .filter(({ kind }: any) => kind === 'ClusterRoleBinding')
      .map(({ roleRef }: any) => roleRef.name);

  it.each([
    ['viewer', ['view', 'kubesmith:nodes-reader']],
    ['editor', ['edit', 'kubesmith:nodes-reader']],
    ['administrator', ['cluster-admin']],
  ] as const)('bind the %s to %j', (role, expected) => {
    expect(roles(grantManifests({ ...grant, role }))).toEqual(expected);
  });

  it('are removed without what others share, the Secret first', () => {
    const { items } = grantRemoval(grant) as { items: any[] };
    expect(
      items.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
    ).toEqual([
      'Secret/grant-1',
      'ServiceAccount/grant-1',
      'ClusterRoleBinding/grant-1:view',
      'ClusterRoleBinding/grant-1:kubesmith:nodes-reader',
    ]);
    expect(items[1].automountServiceAccountToken).toBe(false);
  });
});
