import { stringify } from 'yaml';

/**
 * The text of a kubeconfig. All names carry the environment and the cluster, so that several can be merged.
 *
 * @param options.ca - PEM of the cluster's CA
 */
export function buildKubeconfig(options: {
  environment: string;
  cluster: string;
  server: string;
  ca: string;
  user: string;
  token: string;
}): string {
  const cluster = `${options.environment}.${options.cluster}`;
  const user = `${cluster}/${options.user}`;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: cluster,
        cluster: {
          server: options.server,
          'certificate-authority-data': Buffer.from(options.ca).toString(
            'base64',
          ),
        },
      },
    ],
    users: [{ name: user, user: { token: options.token } }],
    contexts: [{ name: cluster, context: { cluster, user } }],
    'current-context': cluster,
    preferences: {},
  });
}
