import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { run } from '../system/run.ts';
import { network, type Instance } from './Instance.ts';

/** Files of the instance's own certificate authority. The authority's key is thrown away after use. */
export function certificateFiles(instance: Instance) {
  return {
    authority: instance.file('ca.crt'),
    key: instance.file('tls', 'proxmox.key'),
    certificate: instance.file('tls', 'proxmox.crt'),
  };
}

/** Makes a certificate authority and the API's certificate, unless they are there. */
export async function createCertificates(instance: Instance): Promise<void> {
  const files = certificateFiles(instance);
  if (existsSync(files.certificate)) return;
  await mkdir(dirname(files.key), { recursive: true, mode: 0o700 });
  const authorityKey = instance.file('tls', 'ca.key');
  const unsigned = instance.file('tls', 'proxmox.unsigned.crt');
  const newKey = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
  ] as const;
  try {
    await run([
      ...(['openssl', 'req', '-x509', ...newKey] as const),
      ...['-keyout', authorityKey, '-out', files.authority, '-days', '825'],
      ...['-subj', `/O=Kubesmith lab/CN=Lab "${instance.name}"`],
      ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ]);
    await run([
      ...(['openssl', 'req', '-x509', ...newKey] as const),
      ...['-CA', files.authority, '-CAkey', authorityKey],
      ...['-keyout', files.key, '-out', unsigned, '-days', '825'],
      ...['-subj', `/O=Kubesmith lab/CN=${network.hypervisor}`],
      ...['-addext', `subjectAltName=IP:${network.hypervisor},DNS:localhost`],
      ...[
        '-addext',
        'basicConstraints=critical,CA:FALSE',
        '-addext',
        'extendedKeyUsage=serverAuth',
      ],
    ]);
    const signed = await run(['openssl', 'x509', '-in', unsigned]);
    await writeFile(files.certificate, signed);
  } finally {
    await rm(authorityKey, { force: true });
    await rm(unsigned, { force: true });
  }
}
