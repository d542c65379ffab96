import type { NodeRecord } from '../../database/records';
import { StepError } from '../../engine/failures';
import type { SshResult } from './exec';
import type { SshPool } from './SshPool';

/** Runs kubectl on a cluster. */
export interface KubectlRunner {
  /**
   * `argv` are kubectl's arguments, without the program. Returns whatever kubectl said, also with an exit code other than 0;
   * fails with a StepError when no control plane could be asked.
   */
  run(
    clusterId: string,
    argv: string[],
    options: { stdin?: string; timeoutMs: number; signal?: AbortSignal },
  ): Promise<SshResult>;
}

/** What the runner must know about clusters. */
export interface KubectlSource {
  nodes(clusterId: string): Promise<NodeRecord[]>;
  /** The private key whose only use is kubectl (secret `kubectl-key`). */
  privateKey(clusterId: string): Promise<string>;
}

/** The account that the nodes' gate belongs to: its key can do nothing but kubectl. */
const USER = 'kubesmith-kubectl';
/** What the gate on the node answers to anything that is not a JSON array of strings. */
const GATE_REFUSED = 126;

/**
 * kubectl over SSH, on the control plane, with a key that a forced command binds to kubectl. The arguments travel as one JSON
 * array, which the gate on the node hands to kubectl without a shell; bodies go through stdin.
 */
export function createKubectlRunner(options: {
  pool: SshPool;
  source: KubectlSource;
}): KubectlRunner {
  const { pool, source } = options;
  return {
    async run(clusterId, argv, { stdin, timeoutMs, signal }) {
      const nodes = (await source.nodes(clusterId)).filter(
        node =>
          node.role === 'control-plane' && node.sshHostKey && !node.removedAt,
      );
      if (nodes.length === 0) {
        throw new StepError('KUBESMITH-NODE-UNREACHABLE', {
          node: 'the control plane',
          detail: 'it has no pinned host key yet',
        });
      }
      const privateKey = await source.privateKey(clusterId);
      let problem: unknown;
      for (const node of nodes) {
        try {
          const result = await pool.exec(
            {
              clusterId,
              nodeName: node.name,
              host: node.ipAddress,
              user: USER,
              privateKey,
              hostKey: node.sshHostKey!,
            },
            JSON.stringify(argv),
            { stdin, timeoutMs, signal },
          );
          if (result.code === GATE_REFUSED) {
            throw new StepError('KUBESMITH-NODE-REFUSED', {
              detail: 'its kubectl gate refused the request',
            });
          }
          return result;
        } catch (error) {
          // Another control plane may be asked only when this one was not reached: kubectl may have run otherwise.
          if (
            !(error instanceof StepError) ||
            error.failure.code !== 'KUBESMITH-NODE-UNREACHABLE'
          )
            throw error;
          problem = error;
          if (stdin !== undefined) break;
        }
      }
      throw problem;
    },
  };
}
