import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { IdentityConfig } from '../identity/main.ts';
import { Cgroup } from '../system/cgroups.ts';
import { writeAtomically } from '../system/files.ts';
import { createCertificates } from './certificates.ts';
import { Claim } from './Claim.ts';
import { datacenter } from './datacenter.ts';
import { ADDRESS_TAKEN } from './forwarder.ts';
import type { Instance } from './Instance.ts';
import { raiseKernelLimits } from './kernelLimits.ts';
import { createNamespace, inNamespace, listens } from './namespace.ts';
import { servePackages } from './packages.ts';
import type { Progress } from './Progress.ts';
import {
  CLIENT_ID,
  describe,
  readRecord,
  writePortalEnvironment,
  writeRecord,
  type InstanceRecord,
  type Ports,
} from './record.ts';
import { requireImages, requireRoot, requireTools } from './requirements.ts';
import { secrets } from './secrets.ts';
import { ServiceFailed, Services } from './Services.ts';

const program = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const FORWARDER = program('./forwarder.ts');
const IDENTITY = program('../identity/main.ts');
const PROXMOX = program('../proxmox/main.ts');
const PEOPLE = program('../../../../examples/people.yaml');

const LOOPBACK = '127.0.0.1';
const FIRST_PORT = 7007;
const LAST_PORT = 7207;

/**
 * Brings an instance up, or completes one that is there in part. Whatever already runs is left alone, so it may be called
 * again at any time; hosts that are off stay off.
 *
 * @throws RequirementMissing, Busy, ServiceFailed
 */
export async function up(
  instance: Instance,
  progress: Progress,
  options: {
    /** Also a template with an older Kubernetes, and the packages to upgrade it with. */
    older?: boolean;
  } = {},
): Promise<InstanceRecord> {
  requireRoot();
  requireTools();
  const images = requireImages(instance, options.older);
  raiseKernelLimits(progress);
  const claim = new Claim(instance);
  await claim.take('up');
  try {
    const before = await readRecord(instance);
    const secret = await progress.step(
      'Preparing secrets and certificates',
      async () => {
        await mkdir(instance.folder, { recursive: true, mode: 0o700 });
        await createCertificates(instance);
        return await secrets(instance);
      },
    );
    const cgroup = await progress.step('Creating the network', async () => {
      await createNamespace(instance);
      return await createCgroup(instance, before);
    });
    const services = new Services(instance, cgroup.child('services'));
    const ports = await progress.step('Opening ports on the loopback', () =>
      openPorts(instance, services, before?.ports),
    );
    const record = describe(instance, {
      ports,
      cgroups: cgroup.directories,
      started: before?.started ?? new Date().toISOString(),
    });
    await writeRecord(instance, record);
    await progress.step('Starting the identity provider', async () => {
      const config: IdentityConfig = {
        issuer: record.identity.issuer,
        clientId: CLIENT_ID,
        clientSecret: secret.oidcClient,
        redirectUris: [
          `http://localhost:${ports.portal}/api/auth/oidc/handler/frame`,
        ],
        cookieKey: secret.identityCookies,
        peopleFile: PEOPLE,
        signingKeyFile: instance.file('secrets', 'identitySigningKey.json'),
      };
      await startProgram(instance, services, 'identity', IDENTITY, config, {
        host: LOOPBACK,
        port: ports.identity,
      });
    });
    await progress.step('Starting the Proxmox VE API double', async () => {
      const config = await datacenter(instance, {
        tokenSecret: secret.proxmoxToken,
        images,
        cgroups: cgroup.directories,
      });
      await startProgram(
        instance,
        services,
        'proxmox',
        PROXMOX,
        config,
        config.listen,
      );
    });
    if (options.older)
      await progress.step('Serving the packages of Kubernetes', () =>
        servePackages(instance, services),
      );
    await writePortalEnvironment(instance, record, secret);
    return record;
  } finally {
    await claim.release();
  }
}

/** The cgroup of an instance stays where it was made, even if another shell completes the instance. */
async function createCgroup(
  instance: Instance,
  before: InstanceRecord | undefined,
): Promise<Cgroup> {
  const isThere = before?.cgroups.every(directory => existsSync(directory));
  const cgroup = isThere
    ? new Cgroup(before!.cgroups)
    : await Cgroup.beside(instance.cgroup);
  await cgroup.create();
  await cgroup.child('services').create();
  return cgroup;
}

/** Publishes the portal and the identity provider: on the instance's own ports if it has some, else on the first free pair. */
async function openPorts(
  instance: Instance,
  services: Services,
  own: Ports | undefined,
): Promise<Ports> {
  const sockets = {
    portal: socket(instance, 'portal'),
    identity: socket(instance, 'identity'),
  };
  const publish = async (ports: Ports) => {
    await services.start({
      name: 'forwarder-outside',
      command: node(
        FORWARDER,
        `${ports.portal}=${sockets.portal}`,
        `${ports.identity}=${sockets.identity}`,
      ),
      isReady: async pid =>
        (await listens(pid, { host: LOOPBACK, port: ports.portal })) &&
        (await listens(pid, { host: LOOPBACK, port: ports.identity })),
    });
    await services.start({
      name: 'forwarder-inside',
      command: inNamespace(
        instance,
        node(
          FORWARDER,
          `${sockets.portal}=${ports.portal}`,
          `${sockets.identity}=${ports.identity}`,
        ),
      ),
      isReady: async () =>
        existsSync(sockets.portal) && existsSync(sockets.identity),
    });
    return ports;
  };
  if (own) return await publish(own);
  for (let port = FIRST_PORT; port < LAST_PORT; port += 2) {
    try {
      return await publish({ portal: port, identity: port + 1 });
    } catch (error) {
      if (!(error instanceof ServiceFailed && error.exitCode === ADDRESS_TAKEN))
        throw error;
    }
  }
  throw new Error(
    `No two free ports side by side from ${FIRST_PORT} to ${LAST_PORT} on ${LOOPBACK}`,
  );
}

function socket(instance: Instance, name: string): string {
  const path = instance.file(`${name}.sock`);
  // The kernel's limit for the address of a Unix socket.
  if (Buffer.byteLength(path) > 107)
    throw new Error(
      `${path} is too long for a socket; choose a shorter KUBESMITH_CACHE`,
    );
  return path;
}

/** Starts one of our programs inside, with a configuration file. */
async function startProgram(
  instance: Instance,
  services: Services,
  name: string,
  main: string,
  config: object,
  address: { host: string; port: number },
): Promise<void> {
  const file = instance.file(`${name}.json`);
  await writeAtomically(file, JSON.stringify(config, null, 2));
  await services.start({
    name,
    command: inNamespace(instance, node(main, file)),
    isReady: pid => listens(pid, address),
  });
}

function node(main: string, ...args: string[]): string[] {
  return [process.execPath, main, ...args];
}
