/** A certificate authority and a certificate for 127.0.0.1, made with the machine's OpenSSL for one run of the tests. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface TestCertificates {
  /** File with the authority's certificate, for `SSL_CERT_FILE`. */
  authorityFile: string;
  /** PEM text of the same. */
  authority: string;
  /** PEM texts for the server. */
  tls: { key: string; cert: string };
}

/** Makes both in a folder, which must exist. */
export async function testCertificates(
  folder: string,
): Promise<TestCertificates> {
  const file = (name: string) => join(folder, name);
  const authorityFile = file('ca.crt');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  await run('openssl', [
    ...['req', '-x509', '-nodes', ...newKey, '-days', '2'],
    ...['-keyout', file('ca.key'), '-out', authorityFile],
    ...['-subj', '/CN=Kubesmith test authority'],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ]);
  await run('openssl', [
    ...['req', '-x509', '-nodes', ...newKey, '-days', '2'],
    ...['-CA', authorityFile, '-CAkey', file('ca.key')],
    ...['-keyout', file('server.key'), '-out', file('server.crt')],
    ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-addext', 'basicConstraints=critical,CA:FALSE'],
  ]);
  return {
    authorityFile,
    authority: await readFile(authorityFile, 'utf8'),
    tls: {
      key: await readFile(file('server.key'), 'utf8'),
      cert: await readFile(file('server.crt'), 'utf8'),
    },
  };
}
