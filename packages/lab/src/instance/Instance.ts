import { join } from 'node:path';
import { cacheFolder } from '../system/cacheFolder.ts';

export { cacheFolder };

const NAME = /^[a-z][a-z0-9-]{0,19}$/;

/** Fixed network of every instance; instances do not see each other, so all use the same one. */
export const network = {
  bridge: 'ksbr0',
  /** Locally administered, so that the address in the hosts' ARP tables does not change with the bridge's ports. */
  bridgeMac: '02:4b:53:ff:ff:fe',
  prefix: 24,
  gateway: '10.40.19.254',
  hypervisor: '10.40.19.10',
  hypervisorPort: 8006,
} as const;

/** Names and places of one lab instance, whether it exists or not. */
export class Instance {
  readonly name: string;
  /** Folder of everything that this instance keeps. */
  readonly folder: string;
  /** Folder with the images that hosts are cloned from. */
  readonly images: string;

  /** @throws Error for a name that cannot be used */
  constructor(name: string, cache: string = cacheFolder()) {
    if (!NAME.test(name)) {
      throw new Error(
        `"${name}" cannot name a lab instance: at most 20 of a-z, 0-9 and -, beginning with a letter`,
      );
    }
    this.name = name;
    this.folder = join(cache, 'lab', name);
    this.images = join(cache, 'images', 'rootfs');
  }

  /** Name of the network namespace. */
  get namespace() {
    return `ks-${this.name}`;
  }

  get namespacePath() {
    return join('/run/netns', this.namespace);
  }

  /** Name of the cgroup that all its processes are in. */
  get cgroup() {
    return `kubesmith-lab-${this.name}`;
  }

  /** Folder of the notes on who uses this name, for all users of the machine. */
  get claims() {
    return join('/run/kubesmith-lab', this.name);
  }

  /** What other programs read to find their way (`InstanceRecord`). */
  get record() {
    return this.file('instance.json');
  }

  file(...names: string[]): string {
    return join(this.folder, ...names);
  }

  log(service: string): string {
    return this.file('logs', `${service}.log`);
  }
}
