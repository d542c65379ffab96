import { StepError } from '../../engine/failures';
import type { OperationRecord } from '../../engine/records';
import { type PlaybookOutcome, runPlaybook } from '../runPlaybook';
import type { Context } from '../services';

/** What was decided when the upgrade was requested. */
export type UpgradeInput = {
  /** The version that all nodes are to have, without v. */
  kubernetesVersion: string;
  /** The nodes that did not have it then. */
  nodes: string[];
};

/** What an upgrade is to come to. */
export function upgradeInput({ input }: OperationRecord): UpgradeInput {
  return input as unknown as UpgradeInput;
}

/** Which part of ansible/upgrade.yml is run. */
export type UpgradeStage =
  | { stage: 'check' | 'control-plane' }
  | { stage: 'node'; node: string };

/**
 * Runs one stage of the upgrade's playbook; it does only what is missing.
 *
 * @throws StepError KUBESMITH-UPGRADE-REFUSED when a node says what is in the way
 */
export async function runStage(
  context: Context,
  wanted: UpgradeStage,
): Promise<PlaybookOutcome> {
  const { kubernetesVersion } = upgradeInput(context.operation);
  const node = wanted.stage === 'node' ? wanted.node : '';
  try {
    return await runPlaybook(
      context,
      'upgrade',
      {
        kubernetes_version: kubernetesVersion,
        upgrade_stage: wanted.stage,
        upgrade_node: node,
      },
      wanted.stage === 'check' ? undefined : [node],
    );
  } catch (error) {
    // What is in the way of an upgrade is for its owner to mend; the cluster itself is well.
    if (
      error instanceof StepError &&
      error.failure.code === 'KUBESMITH-NODE-REFUSED'
    )
      throw new StepError('KUBESMITH-UPGRADE-REFUSED', {
        detail: error.failure.message.replace(/^[^:]*: /, ''),
      });
    throw error;
  }
}
