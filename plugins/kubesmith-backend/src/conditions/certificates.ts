import { X509Certificate } from 'node:crypto';
import { API_SERVER_PORT } from '../clusters/apiServer';
import type { ReadServerCertificate } from '../tools/network/serverCertificate';
import type { Observation } from './records';

/** Certificates of a cluster are good for a year, and those behind the API server's are as old as it. */
const WARN_MS = 30 * 24 * 3_600_000;
const TIMEOUT_MS = 5000;

type Seen = { name: string; endsAt: number };

/** How long the certificates last that the cluster's API servers show, and its CA. */
export async function lookAtCertificates(options: {
  controlPlanes: Array<{ name: string; ipAddress: string }>;
  /** PEM. */
  ca: string;
  read: ReadServerCertificate;
  /** Milliseconds since the epoch. */
  now: number;
  signal?: AbortSignal;
}): Promise<Observation> {
  const { controlPlanes, now, read, signal } = options;
  const ca = new X509Certificate(options.ca);
  const seen: Seen[] = [
    { name: "the cluster's CA", endsAt: Date.parse(ca.validTo) },
  ];
  const unread: string[] = [];
  for (const { ipAddress, name } of controlPlanes) {
    try {
      const certificate = await read(ipAddress, API_SERVER_PORT, {
        timeoutMs: TIMEOUT_MS,
        signal,
      });
      // Somebody else's would say nothing about ours.
      if (certificate.verify(ca.publicKey))
        seen.push({
          name: `the API server on ${name}`,
          endsAt: Date.parse(certificate.validTo),
        });
      else unread.push(`${name} (it shows a certificate of another CA)`);
    } catch (error) {
      signal?.throwIfAborted();
      unread.push(`${name} (no answer)`);
    }
  }
  return judgeCertificates(seen, unread, now);
}

function judgeCertificates(
  seen: Seen[],
  unread: string[],
  now: number,
): Observation {
  const [first] = [...seen].sort((a, b) => a.endsAt - b.endsAt);
  const date = new Date(first.endsAt).toISOString().slice(0, 10);
  const nextStep =
    'Renew the certificates from the page of the cluster. Its machines go on; the API may be away for a minute.';
  if (first.endsAt <= now)
    return {
      type: 'certificates',
      status: 'false',
      reason: 'CertificateExpired',
      message: `The certificate of ${first.name} ended on ${date}: kubectl and the nodes cannot speak to the cluster.`,
      nextStep,
    };
  if (first.endsAt - now <= WARN_MS)
    return {
      type: 'certificates',
      status: 'false',
      reason: 'CertificateExpires',
      message: `The certificate of ${first.name} ends on ${date}.`,
      nextStep,
    };
  if (unread.length > 0)
    return {
      type: 'certificates',
      status: 'unknown',
      reason: 'NotRead',
      message: `How long the certificates last could not be read from ${unread.join(
        ', ',
      )}.`,
      nextStep: 'Nothing: it is looked at again in five minutes.',
    };
  return {
    type: 'certificates',
    status: 'true',
    reason: 'Valid',
    message: `The first certificate to end is that of ${first.name}, on ${date}.`,
  };
}
