import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import type { ReadServerCertificate } from '../../tools/network/serverCertificate';
import { certificateEnd } from './certificateEnd';
import { refused } from './refused';
import type { RequestableOperation } from './RequestableOperation';

const LOOK_MS = 3000;

type Prepared = {
  /** When the certificate ends that the API server shows (ISO 8601); undefined when it shows none. */
  endsAt?: string;
};

/** New certificates for the control plane. */
export function createRenew(deps: {
  readCertificate: ReadServerCertificate;
}): RequestableOperation<Prepared> {
  return {
    kind: 'renew',
    title: 'Renew certificates',
    description:
      'Gives the control plane certificates for another year. Kubeconfigs stay good.',
    phases: ['ready', 'failed', 'needs-attention'],

    async prepare({ nodes }) {
      // A control plane that shows none can still be given new ones.
      const end = await certificateEnd(deps, nodes, LOOK_MS);
      return { endsAt: end?.toISOString() };
    },

    async plan({ cluster, nodes, prepared: { endsAt } }) {
      if (!cluster.everReady)
        return refused(
          fieldProblem('kind', 'KUBESMITH-NEVER-READY', {
            name: cluster.name,
          }),
        );
      return {
        summary: `The control plane of '${cluster.name}' gets new certificates for a year`,
        effects: nodes.map(({ name, role }) => ({
          node: name,
          text:
            role === 'control-plane'
              ? 'All certificates that kubeadm manages are renewed, then etcd, the API, the controllers and the scheduler start again, one after the other.'
              : "Only looked at: a kubelet renews its own certificate. One whose certificate has ended is named, and 'Repair' has it join again.",
        })),
        warnings: [
          endsAt
            ? `The API server's certificate ends on ${endsAt}.`
            : 'The API server does not answer now, so it is not known here when its certificate ends.',
          "The API does not answer for a minute or two. Pods go on. When the certificates end before and afterwards stands in the operation's history.",
        ],
      };
    },
  };
}
