import { defineOperation } from '../engine/definitions';
import { renewCertificates } from '../steps/renewCertificates';
import type { StepServices } from '../steps/services';
import { verifyCluster } from '../steps/verifyCluster';

/** New certificates for a cluster. Each step may be repeated: renewing twice does no harm. */
export const renewClusterCertificates = defineOperation<StepServices, 'renew'>({
  kind: 'renew',
  cancellable: true,
  retry: 'limited',
  outcome: { succeeded: 'ready', failed: 'before', cancelled: 'before' },
  steps: {
    certificates: { run: renewCertificates, phase: 'updating' },
    verify: { run: verifyCluster, phase: 'updating' },
  },
});
