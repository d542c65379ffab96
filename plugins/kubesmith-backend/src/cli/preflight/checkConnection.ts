import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { ProxmoxConnection } from '../../config/types';
import type { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';
import { PveError } from '../../tools/proxmox/PveError';
import type { Checklist } from './Checklist';
import { DAY_MS } from '../../time';

const TIMEOUT_MS = 15_000;
const EXPIRES_SOON_DAYS = 30;
const SKEW_WARNING_S = 5;
const SKEW_PROBLEM_S = 120;
const OLDEST_VERSION = 9;
const NEWEST_VERSION = 9;

/**
 * Looks at the way to Proxmox: name, TLS and certificate, clock, version, token.
 *
 * @returns whether more can be asked of it
 */
export async function checkConnection(
  list: Checklist,
  connection: ProxmoxConnection,
  proxmox: ProxmoxClient,
): Promise<boolean> {
  return (
    (await checkTls(list, connection)) &&
    (await checkToken(list, connection, proxmox))
  );
}

/** What one request without a token shows. */
interface Greeting {
  protocol: string | null;
  validTo: number;
  /** The clock of Proxmox, milliseconds since the epoch, to the second; undefined when it does not say. */
  date?: number;
  /** Our clock when the answer came. */
  now: number;
}

async function checkTls(
  list: Checklist,
  connection: ProxmoxConnection,
): Promise<boolean> {
  let greeting: Greeting;
  try {
    greeting = await greet(connection);
  } catch (error) {
    const { text, remedy } = explainConnection(error as Error, connection);
    list.problem(text, remedy);
    return false;
  }
  const { date, now, protocol, validTo } = greeting;
  if (protocol === 'TLSv1.3') {
    list.ok(
      `${connection.endpoint} answers; its certificate is trusted (${protocol})`,
    );
  } else {
    list.problem(
      `${connection.endpoint} answers with ${protocol}; Terraform's provider insists on TLS 1.3`,
      'allow TLS 1.3 in /etc/default/pveproxy, or on the proxy in front of it',
    );
  }
  checkExpiry(list, validTo, now);
  checkClock(list, date, now);
  return true;
}

function checkExpiry(list: Checklist, validTo: number, now: number): void {
  const days = Math.floor((validTo - now) / DAY_MS);
  const until = new Date(validTo).toISOString().slice(0, 10);
  if (days >= EXPIRES_SOON_DAYS)
    list.ok(`The certificate is valid until ${until} (${days} days)`);
  else
    list.warning(
      `The certificate is valid until ${until}, for ${days} more days`,
      'renew it: pvenode acme cert renew, or pvecm updatecerts --force for the cluster’s own authority',
    );
}

function checkClock(
  list: Checklist,
  date: number | undefined,
  now: number,
): void {
  if (date === undefined) {
    list.info('Proxmox does not say what time it is; clocks were not compared');
    return;
  }
  const skew = Math.round(Math.abs(now - date) / 1000);
  const text = `The clocks of this machine and of Proxmox differ by ${skew} s`;
  const remedy = 'let both follow the same time servers (chrony)';
  if (skew >= SKEW_PROBLEM_S) list.problem(text, remedy);
  else if (skew >= SKEW_WARNING_S) list.warning(text, remedy);
  else list.ok('The clocks of this machine and of Proxmox agree');
}

/** Proxmox greets everybody at `/`, whoever asks. */
async function greet(connection: ProxmoxConnection): Promise<Greeting> {
  const ca = connection.caFile && (await readFile(connection.caFile, 'utf8'));
  return new Promise((resolve, reject) => {
    const call = request(
      connection.endpoint,
      { ca: ca || undefined, agent: false, timeout: TIMEOUT_MS },
      answer => {
        const socket = answer.socket as TLSSocket;
        const date = Date.parse(answer.headers.date ?? '');
        resolve({
          protocol: socket.getProtocol(),
          validTo: Date.parse(socket.getPeerCertificate().valid_to),
          ...(Number.isNaN(date) ? {} : { date }),
          now: Date.now(),
        });
        answer.destroy();
      },
    );
    call.on('timeout', () =>
      call.destroy(
        Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }),
      ),
    );
    call.on('error', reject);
    call.end();
  });
}

const UNTRUSTED = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
]);

function explainConnection(
  error: Error & { code?: string; path?: string },
  { caFile, endpoint }: ProxmoxConnection,
): { text: string; remedy: string } {
  const code = error.code ?? '';
  if (caFile && error.path === caFile) {
    return {
      text: `The file of the certificate authority cannot be read (${code}): ${caFile}`,
      remedy: 'kubesmith.proxmox.caFile: give a PEM file that exists',
    };
  }
  if (UNTRUSTED.has(code)) {
    return {
      text: `The certificate of ${endpoint} is not from a trusted authority (${code})`,
      remedy: caFile
        ? `kubesmith.proxmox.caFile: ${caFile} is not the authority that signed it; take /etc/pve/pve-root-ca.pem of the Proxmox cluster`
        : 'kubesmith.proxmox.caFile: give the authority’s certificate; Proxmox VE’s own is /etc/pve/pve-root-ca.pem',
    };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      text: `The certificate of ${endpoint} is for another name: ${error.message}`,
      remedy:
        'kubesmith.proxmox.endpoint: use a name that the certificate has, or add the name to the certificate',
    };
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return {
      text: `The certificate of ${endpoint} is not valid now (${code})`,
      remedy:
        'renew it on the Proxmox host (pvecm updatecerts --force), or set the clock of this machine',
    };
  }
  return {
    text: `${endpoint} cannot be reached (${code || error.message})`,
    remedy:
      'kubesmith.proxmox.endpoint: check name and port (8006), and that a firewall lets this machine through',
  };
}

async function checkToken(
  list: Checklist,
  { tokenId }: ProxmoxConnection,
  proxmox: ProxmoxClient,
): Promise<boolean> {
  try {
    const { version } = (await proxmox.read('/version')) as {
      version?: unknown;
    };
    list.ok(`Proxmox VE knows the token ${tokenId}`);
    checkVersion(list, String(version));
    return true;
  } catch (error) {
    if (error instanceof PveError && error.status === 401) {
      list.problem(
        `Proxmox VE does not accept the token ${tokenId}: no such token, another secret, or it has expired`,
        `kubesmith.proxmox.tokenId and .tokenSecret: write what this prints: pveum user token add ${tokenId.replace(
          '!',
          ' ',
        )} --privsep 1`,
      );
    } else {
      list.problem(
        `Proxmox VE does not answer as it should: ${(error as Error).message}`,
        'kubesmith.proxmox.endpoint: it must be the API of Proxmox VE itself',
      );
    }
    return false;
  }
}

function checkVersion(list: Checklist, version: string): void {
  const major = Number.parseInt(version, 10);
  if (major < OLDEST_VERSION || Number.isNaN(major))
    list.problem(
      `Proxmox VE ${version} is too old: the privileges of the guest agent came with version ${OLDEST_VERSION}`,
      `upgrade the Proxmox hosts to version ${OLDEST_VERSION}`,
    );
  else if (major > NEWEST_VERSION)
    list.warning(
      `Proxmox VE ${version} is newer than what Kubesmith was written for (${NEWEST_VERSION})`,
      'try with a small cluster first',
    );
  else list.ok(`Proxmox VE ${version}`);
}
