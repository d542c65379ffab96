import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from './Instance.ts';

/** Command and the Debian package that has it. */
const TOOLS = {
  ip: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  mount: 'mount',
  openssl: 'openssl',
  'systemd-nspawn': 'systemd-container',
};

/** The machine cannot run a lab; the message says what to do. */
export class RequirementMissing extends Error {
  override name = 'RequirementMissing';
}

/** @throws RequirementMissing unless the caller is root on Linux */
export function requireRoot(): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new RequirementMissing(
      'The lab makes network namespaces and containers: run it as root on Linux',
    );
  }
}

/** @throws RequirementMissing naming all that is not there */
export function requireTools(): void {
  const missing = Object.keys(TOOLS).filter(tool => !findProgram(tool));
  if (missing.length === 0) return;
  const packages = [
    ...new Set(missing.map(tool => TOOLS[tool as keyof typeof TOOLS])),
  ];
  throw new RequirementMissing(
    `Not found: ${missing.join(
      ', ',
    )}. On Debian: apt-get install ${packages.join(' ')}`,
  );
}

/** An image that hosts are cloned from. */
export type Image = 'golden' | 'plain' | 'older';

/**
 * The images that there are.
 *
 * @param older - whether the one with an older Kubernetes must be among them
 * @throws RequirementMissing unless there is an image to clone hosts from
 */
export function requireImages(instance: Instance, older = false): Image[] {
  const isThere = (name: Image) => existsSync(join(instance.images, name));
  if (older && !isThere('older'))
    throw new RequirementMissing(
      `No image with an older Kubernetes in ${instance.images}: run "node packages/lab/src/images/cli.ts build older" (10 minutes or more)`,
    );
  const images = (['golden', 'plain'] as const).filter(isThere);
  if (images.length > 0) return older ? [...images, 'older'] : images;
  throw new RequirementMissing(
    `No image of a host in ${instance.images}: run "make setup"`,
  );
}

/** Path of a program on PATH; undefined if it is not there. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(':').filter(Boolean);
  return folders.map(folder => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
