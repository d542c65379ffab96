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

/** Runs one stage of the upgrade's playbook; it does only what is missing. */
export async function runStage(
  context: Context,
  wanted: UpgradeStage,
): Promise<PlaybookOutcome> {
  const { kubernetesVersion } = upgradeInput(context.operation);
  const node = wanted.stage === 'node' ? wanted.node : '';
  return runPlaybook(
    context,
    'upgrade',
    {
      kubernetes_version: kubernetesVersion,
      upgrade_stage: wanted.stage,
      upgrade_node: node,
    },
    wanted.stage === 'check' ? undefined : [node],
  );
}
