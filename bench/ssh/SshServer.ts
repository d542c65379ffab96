/* eslint-disable @backstage/no-relative-monorepo-imports -- keys as the product makes them, which its package does not export */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  generatePrivateKey,
  publicKeyOf,
} from '../../plugins/kubesmith-backend/src/tools/ssh/keys';
import type { SshTarget } from '../../plugins/kubesmith-backend/src/tools/ssh/exec';
import { freePort } from '../freePort';

const SSHD = '/usr/sbin/sshd';
const START_LIMIT_MS = 10_000;

/** A real OpenSSH server on loopback, for the account that runs the bench, with keys of its own; needs no root. */
export class SshServer {
  readonly target: SshTarget;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(parts: {
    target: SshTarget;
    child: ChildProcess;
    folder: string;
  }) {
    this.target = parts.target;
    this.#child = parts.child;
    this.#folder = parts.folder;
  }

  /** @throws Error if there is no OpenSSH server on this machine, or it does not listen */
  static async start(): Promise<SshServer> {
    const folder = await mkdtemp(join(tmpdir(), 'kubesmith-bench-ssh-'));
    const hostKey = await generatePrivateKey('bench-host');
    const privateKey = await generatePrivateKey('bench');
    const port = await freePort();
    const file = (name: string) => join(folder, name);
    const settings = [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${file('host-key')}`,
      `AuthorizedKeysFile ${file('authorized-keys')}`,
      `PidFile ${file('pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'MaxSessions 100',
      // One shell deep: else bash reads what its owner sets up for working, which may take longer than all else. Nodes have none of it.
      'SetEnv SHLVL=1',
      // Not even that we look whether it listens.
      'LogLevel QUIET',
    ];
    await writeFile(file('host-key'), hostKey, { mode: 0o600 });
    await writeFile(file('authorized-keys'), `${publicKeyOf(privateKey)}\n`);
    await writeFile(file('config'), `${settings.join('\n')}\n`);
    // Only root's server looks for it.
    if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
    const child = spawn(SSHD, ['-D', '-e', '-f', file('config')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const { username } = userInfo();
    const server = new SshServer({
      child,
      folder,
      target: {
        clusterId: 'bench',
        nodeName: 'the real OpenSSH server',
        host: '127.0.0.1',
        port,
        user: username,
        privateKey,
        hostKey: publicKeyOf(hostKey),
      },
    });
    try {
      await Promise.race([
        listens(port),
        once(child, 'exit').then(([code]) => {
          throw new Error(`${SSHD} ended with ${code}`);
        }),
      ]);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  async stop(): Promise<void> {
    if (
      this.#child.pid &&
      this.#child.exitCode === null &&
      this.#child.signalCode === null
    ) {
      const ended = once(this.#child, 'exit');
      this.#child.kill();
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function listens(port: number): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(50);
    } finally {
      socket.destroy();
    }
  }
}
