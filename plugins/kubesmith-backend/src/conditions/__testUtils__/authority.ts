import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM texts. */
export interface Pair {
  key: string;
  cert: string;
}

/** A certificate authority of OpenSSL's in a folder of its own. Call `close` afterwards. */
export function newAuthority(days = 3650) {
  const folder = mkdtempSync(join(tmpdir(), 'kubesmith-ca-'));
  const file = (name: string) => join(folder, name);
  const make = (name: string, ...args: string[]): Pair => {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-nodes', '-newkey', 'ec'],
        ...['-pkeyopt', 'ec_paramgen_curve:P-256'],
        ...['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)],
        ...args,
      ],
      { stdio: 'ignore' },
    );
    return {
      key: readFileSync(file(`${name}.key`), 'utf8'),
      cert: readFileSync(file(`${name}.crt`), 'utf8'),
    };
  };
  const own = make('ca', '-subj', '/CN=kubernetes', '-days', String(days));
  return {
    /** PEM. */
    ca: own.cert,
    /** A server's certificate that lasts for so many days from now. */
    issue: (lasts: number) =>
      make(
        `server-${lasts}`,
        ...['-CA', file('ca.crt'), '-CAkey', file('ca.key')],
        ...['-subj', '/CN=kube-apiserver', '-days', String(lasts)],
        ...['-addext', 'basicConstraints=critical,CA:FALSE'],
      ),
    close: () => rmSync(folder, { recursive: true }),
  };
}
