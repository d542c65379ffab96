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
  /** Where kubectl looks when it is not told; `default` when missing. */
  namespace?: string;
  token: string;
}): string {
  const cluster = `${options.environment}.${options.cluster}`;
  const user = `${cluster}/${options.user}`;
  const { namespace } = options;
  const context = { cluster, user, ...(namespace && { namespace }) };
  const text = stringify(
    {
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
      contexts: [{ name: cluster, context }],
      'current-context': cluster,
      preferences: {},
    },
    // kubectl reads YAML 1.1, to which a plain `yes` is true.
    {
      defaultStringType: 'QUOTE_DOUBLE',
      defaultKeyType: 'PLAIN',
      lineWidth: 0,
    },
  );
  // Line breaks and marks to YAML 1.1, but not to the writer. All texts are in double quotes, where escapes are read.
  return text.replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
