import { lstat } from 'node:fs/promises';
import { CommandFailed, run } from '../system/run.ts';
import { unless } from '../system/errors.ts';
import { readProc } from '../system/processes.ts';
import {
  GuestAgentNotRunning,
  type GuestAgent,
  type GuestInterface,
} from './types.ts';

/** One line of `ip -json address show`. */
interface IpAddressShow {
  ifname: string;
  address?: string;
  addr_info: { family: 'inet' | 'inet6'; local: string; prefixlen: number }[];
}

/**
 * Answers for a host as QEMU's guest agent would, by entering the namespaces of its first process.
 * Counts as running from the moment the host's message bus listens, which is about when systemd starts services.
 */
export class NspawnGuestAgent implements GuestAgent {
  readonly #leader: () => Promise<number | undefined>;

  /** @param leader number of the host's first process, or undefined while it is off */
  constructor(leader: () => Promise<number | undefined>) {
    this.#leader = leader;
  }

  async ping(): Promise<void> {
    await this.#enterable();
  }

  async interfaces(): Promise<GuestInterface[]> {
    const answer = await this.#inside(
      ['--net'],
      ['ip', '-json', 'address', 'show'],
    );
    return (JSON.parse(answer.toString()) as IpAddressShow[]).map(link => ({
      name: link.ifname,
      hardwareAddress: link.address ?? '00:00:00:00:00:00',
      addresses: link.addr_info.map(address => ({
        type: address.family === 'inet' ? 'ipv4' : 'ipv6',
        address: address.local,
        prefix: address.prefixlen,
      })),
    }));
  }

  async readFile(path: string): Promise<Buffer> {
    return await this.#inside(
      ['--mount', '--root', '--wd=/'],
      ['cat', '--', path],
    );
  }

  async osInfo(): Promise<Record<string, string>> {
    const release = Object.fromEntries(
      (await this.readFile('/etc/os-release'))
        .toString()
        .split('\n')
        .map(line => /^([A-Z_]+)="?([^"]*)"?$/.exec(line))
        .filter(match => match !== null)
        .map(([, key, value]) => [
          key!.toLowerCase().replaceAll('_', '-'),
          value!,
        ]),
    );
    const [kernelRelease, kernelVersion, machine] = (
      await this.#inside(
        ['--uts'],
        ['sh', '-c', 'uname -r; uname -v; uname -m'],
      )
    )
      .toString()
      .split('\n');
    return {
      id: release.id ?? '',
      name: release.name ?? '',
      'pretty-name': release['pretty-name'] ?? '',
      version: release.version ?? '',
      'version-id': release['version-id'] ?? '',
      'kernel-release': kernelRelease!,
      'kernel-version': kernelVersion!,
      machine: machine!,
    };
  }

  async hostname(): Promise<string> {
    return (await this.#inside(['--uts'], ['hostname'])).toString().trim();
  }

  /** Number of the first process of a host that is up. */
  async #enterable(): Promise<number> {
    const leader = await this.#leader();
    if (!leader) throw new GuestAgentNotRunning('The host is off');
    const isSystemd = (await readProc(leader, 'comm'))?.trim() === 'systemd';
    const bus =
      isSystemd &&
      (await unless(
        ['ENOENT', 'ESRCH'],
        lstat(`/proc/${leader}/root/run/dbus/system_bus_socket`),
      ));
    if (!bus) throw new GuestAgentNotRunning('The host is still booting');
    return leader;
  }

  async #inside(namespaces: string[], command: string[]): Promise<Buffer> {
    const leader = await this.#enterable();
    try {
      return await run(
        ['nsenter', `--target=${leader}`, ...namespaces, '--', ...command],
        { timeoutMs: 10_000 },
      );
    } catch (error) {
      if (error instanceof CommandFailed && !(await readProc(leader, 'comm'))) {
        throw new GuestAgentNotRunning('The host has just been switched off');
      }
      throw error;
    }
  }
}
