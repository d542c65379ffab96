import { X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { NodeRecord } from '../../database/records';
import { StepError } from '../../engine/failures';
import type { SshResult } from '../../tools/ssh/exec';
import { SSH_USER } from '../../tools/terraform/variables';
import type { Context } from '../services';
import { DAY_MS } from '../../time';

const CALL_MS = 15_000;
/** Tokens and certificates of a node whose clock is further off are refused by the others. */
const TOLERATED_MS = 30_000;
/** What a machine that was off may take to find the right time. */
const CLOCK_LIMIT_MS = 2 * 60_000;
const POLL_MS = 2000;
const SOON_MS = 30 * 24 * 3_600_000;

/** Seconds since the epoch. */
export const CLOCK_COMMAND = 'date -u +%s';
/** The certificate of the Kubernetes API is no secret; its folder is closed. */
export const API_CERTIFICATE_COMMAND =
  'sudo -n cat /etc/kubernetes/pki/apiserver.crt';
/** The certificate that a kubelet shows the API. Its file holds the key too, which does not leave the node. */
export const KUBELET_CERTIFICATE_COMMAND =
  "sudo -n sed -n '/^-----BEGIN CERTIFICATE-----$/,/^-----END CERTIFICATE-----$/p' /var/lib/kubelet/pki/kubelet-client-current.pem";

/**
 * Looks at what goes wrong while a node is off: its clock, and the certificates whose time goes on.
 *
 * @throws StepError KUBESMITH-CLOCK-WRONG, KUBESMITH-CERTIFICATE-EXPIRED
 */
export async function checkGuest(
  context: Context,
  node: NodeRecord,
  privateKey: string,
): Promise<void> {
  const { services, cluster, event, signal } = context;
  const exec = (command: string): Promise<SshResult> =>
    services.ssh.exec(
      {
        clusterId: cluster.id,
        nodeName: node.name,
        host: node.ipAddress,
        user: SSH_USER,
        privateKey,
        hostKey: node.sshHostKey!,
      },
      command,
      { timeoutMs: CALL_MS, signal },
    );
  await checkClock(context, node, exec);

  const certificates = [
    ['kubelet', KUBELET_CERTIFICATE_COMMAND],
    ...(node.role === 'control-plane'
      ? [['Kubernetes API', API_CERTIFICATE_COMMAND]]
      : []),
  ];
  for (const [what, command] of certificates) {
    const until = endOf(await exec(command));
    if (until === undefined) {
      event({
        level: 'warn',
        node: node.name,
        message: `When the certificate of the ${what} on ${node.name} ends could not be read`,
      });
      continue;
    }
    const left = until - Date.now();
    if (left <= 0)
      throw new StepError('KUBESMITH-CERTIFICATE-EXPIRED', {
        node: node.name,
        what,
        since: new Date(until).toISOString(),
      });
    if (left < SOON_MS)
      event({
        level: 'warn',
        node: node.name,
        message: `The certificate of the ${what} on ${
          node.name
        } ends in ${Math.ceil(left / DAY_MS)} days`,
      });
  }
}

async function checkClock(
  { progress, signal }: Context,
  node: NodeRecord,
  exec: (command: string) => Promise<SshResult>,
): Promise<void> {
  const deadline = performance.now() + CLOCK_LIMIT_MS;
  for (;;) {
    const asked = Date.now();
    const { stdout } = await exec(CLOCK_COMMAND);
    const offMs = Number.parseInt(stdout, 10) * 1000 - (asked + Date.now()) / 2;
    if (Math.abs(offMs) <= TOLERATED_MS) return;
    const detail = Number.isNaN(offMs)
      ? 'does not tell its time'
      : `is ${Math.round(Math.abs(offMs) / 1000)} s ${
          offMs > 0 ? 'ahead' : 'behind'
        }`;
    if (performance.now() > deadline)
      throw new StepError('KUBESMITH-CLOCK-WRONG', {
        node: node.name,
        detail,
      });
    progress({
      message: `The clock of ${node.name} ${detail}`,
      node: node.name,
    });
    await delay(POLL_MS, undefined, { signal });
  }
}

/** Milliseconds since the epoch. */
function endOf({ stdout }: SshResult): number | undefined {
  try {
    const end = Date.parse(new X509Certificate(stdout).validTo);
    return Number.isNaN(end) ? undefined : end;
  } catch {
    return undefined;
  }
}
