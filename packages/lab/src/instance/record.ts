import { readFile } from 'node:fs/promises';
import { tokenId } from '../proxmox/leastPrivilege.ts';
import { unless } from '../system/errors.ts';
import { writeAtomically } from '../system/files.ts';
import { certificateFiles } from './certificates.ts';
import { network, type Instance } from './Instance.ts';
import { secretFile } from './secrets.ts';

/** Ports on the loopback, the same inside the instance and outside. */
export interface Ports {
  portal: number;
  identity: number;
}

/** Content of `instance.json`: how to reach what is in the instance. */
export interface InstanceRecord {
  name: string;
  /** Name of the network namespace. */
  netns: string;
  ports: Ports;
  proxmox: {
    endpoint: string;
    tokenId: string;
    tokenSecretFile: string;
    caFile: string;
  };
  identity: { issuer: string; clientId: string; clientSecretFile: string };
  /** Directories of its cgroup. */
  cgroups: string[];
  /** ISO time of the first "up". */
  started: string;
}

/** The portal, to the identity provider. */
export const CLIENT_ID = 'backstage';

/** The record of an instance, made of what is fixed and of what was found at "up". */
export function describe(
  instance: Instance,
  facts: { ports: Ports; cgroups: readonly string[]; started: string },
): InstanceRecord {
  return {
    name: instance.name,
    netns: instance.namespace,
    ports: facts.ports,
    proxmox: {
      endpoint: `https://${network.hypervisor}:${network.hypervisorPort}/`,
      tokenId,
      tokenSecretFile: secretFile(instance, 'proxmoxToken'),
      caFile: certificateFiles(instance).authority,
    },
    identity: {
      issuer: `http://localhost:${facts.ports.identity}`,
      clientId: CLIENT_ID,
      clientSecretFile: secretFile(instance, 'oidcClient'),
    },
    cgroups: [...facts.cgroups],
    started: facts.started,
  };
}

/** What was written down; undefined if the instance is not there or was not yet that far. */
export async function readRecord(
  instance: Instance,
): Promise<InstanceRecord | undefined> {
  const text = await unless(['ENOENT'], readFile(instance.record, 'utf8'));
  return text === undefined ? undefined : (JSON.parse(text) as InstanceRecord);
}

/** Writes the record down, in one step. */
export async function writeRecord(
  instance: Instance,
  record: InstanceRecord,
): Promise<void> {
  await writeAtomically(
    instance.record,
    `${JSON.stringify(record, null, 2)}\n`,
  );
}

/** Writes `portal.env`, the environment that app-config.lab.yaml takes its values from. */
export async function writePortalEnvironment(
  instance: Instance,
  record: InstanceRecord,
  secret: {
    oidcClient: string;
    portalSession: string;
    proxmoxToken: string;
    portalEncryption: string;
  },
): Promise<void> {
  const environment: Record<string, string> = {
    KUBESMITH_PORTAL_URL: `http://localhost:${record.ports.portal}`,
    KUBESMITH_PORTAL_PORT: String(record.ports.portal),
    KUBESMITH_IDENTITY_ISSUER: record.identity.issuer,
    AUTH_OIDC_CLIENT_ID: record.identity.clientId,
    AUTH_OIDC_CLIENT_SECRET: secret.oidcClient,
    AUTH_SESSION_SECRET: secret.portalSession,
    KUBESMITH_PROXMOX_ENDPOINT: record.proxmox.endpoint,
    KUBESMITH_PROXMOX_TOKEN_ID: record.proxmox.tokenId,
    KUBESMITH_PROXMOX_TOKEN_SECRET: secret.proxmoxToken,
    KUBESMITH_PROXMOX_CA_FILE: record.proxmox.caFile,
    KUBESMITH_DATA_DIRECTORY: instance.file('portal', 'data'),
    KUBESMITH_DATABASE_DIRECTORY: instance.file('portal', 'database'),
    KUBESMITH_ENCRYPTION_KEY: secret.portalEncryption,
  };
  const lines = Object.entries(environment).map(
    ([name, value]) => `${name}=${value}\n`,
  );
  await writeAtomically(instance.file('portal.env'), lines.join(''));
}
