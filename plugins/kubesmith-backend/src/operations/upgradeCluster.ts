import { defineOperation } from '../engine/definitions';
import { fetchBackup } from '../steps/backups/fetchBackup';
import { takeBackup } from '../steps/backups/takeBackup';
import { installKubernetes } from '../steps/installKubernetes';
import type { StepServices } from '../steps/services';
import { checkNodes } from '../steps/upgrade/checkNodes';
import { upgradeControlPlane } from '../steps/upgrade/upgradeControlPlane';
import { upgradeNodes } from '../steps/upgrade/upgradeNodes';
import { verifyCluster } from '../steps/verifyCluster';

/**
 * Another Kubernetes version, at most one minor newer. The cluster works all the time, but for its API while the control plane starts
 * again. Each step looks at what the nodes run, so what is done already is left alone: after a crash, a retry, or by the next upgrade.
 */
export const upgradeCluster = defineOperation<StepServices, 'upgrade'>({
  kind: 'upgrade',
  cancellable: true,
  retry: 'limited',
  outcome: { succeeded: 'ready', failed: 'before', cancelled: 'before' },
  steps: {
    check: { run: checkNodes, phase: 'updating' },
    copy: { run: takeBackup, phase: 'updating' },
    fetch: { run: fetchBackup, phase: 'updating' },
    'control-plane': {
      run: context => upgradeControlPlane(context),
      phase: 'updating',
    },
    nodes: { run: context => upgradeNodes(context), phase: 'updating' },
    settle: { run: context => installKubernetes(context), phase: 'updating' },
    verify: { run: verifyCluster, phase: 'updating' },
  },
});
