import type { NodeRecord } from '../../database/records';
import type { ReadServerCertificate } from '../../tools/network/serverCertificate';

const API_SERVER_PORT = 6443;

/** When the certificate ends that a cluster's API server shows; undefined when it shows none in that time (milliseconds). */
export async function certificateEnd(
  { readCertificate }: { readCertificate: ReadServerCertificate },
  nodes: Pick<NodeRecord, 'ipAddress' | 'role'>[],
  timeoutMs: number,
): Promise<Date | undefined> {
  const first = nodes.find(({ role }) => role === 'control-plane');
  if (!first) return undefined;
  const shown = await readCertificate(first.ipAddress, API_SERVER_PORT, {
    timeoutMs,
  }).catch(() => undefined);
  return shown && new Date(shown.validTo);
}
