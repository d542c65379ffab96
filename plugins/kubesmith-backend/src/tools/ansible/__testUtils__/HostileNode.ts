import type { AddressInfo } from 'node:net';
import { Server, type ServerChannel, utils } from 'ssh2';
import { keyPair } from '../../ssh/__testUtils__/keyPair';
import { parseHostKey } from '../../ssh/hostKey';

/** What a node does with one command: writes whatever it likes. */
export type Misbehaviour = (channel: ServerChannel, command: string) => void;

/**
 * A node whose owner is root on it and means ill: a real SSH server (ssh2's) with the right host key, that takes the right
 * key and answers to Ansible's modules whatever a test says. Only sudo's part is played fairly, so that Ansible goes on.
 */
export class HostileNode {
  readonly clientKey = keyPair();
  /** Commands that were asked for. */
  readonly commands: string[] = [];
  /** Open at present. */
  connections = 0;
  /** Attempts to log in. */
  logins = 0;
  misbehave: Misbehaviour = () => {};
  readonly #hostKey = keyPair();
  readonly #server: Server;
  #port = 0;

  constructor() {
    const allowed = utils.parseKey(this.clientKey.public) as {
      getPublicSSH(): Buffer;
    };
    this.#server = new Server({ hostKeys: [this.#hostKey.private] }, client => {
      this.connections++;
      client.on('close', () => {
        this.connections--;
      });
      client.on('error', () => {}); // Whoever hangs up in the middle of an answer.
      client.on('authentication', context => {
        this.logins++;
        if (
          context.method === 'publickey' &&
          context.key.data.equals(allowed.getPublicSSH())
        )
          context.accept();
        else context.reject(['publickey']);
      });
      client.on('session', accept => {
        accept().on('exec', (acceptExec, _reject, { command }) => {
          this.commands.push(command);
          const channel = acceptExec();
          channel.on('error', () => {});
          const become = /BECOME-SUCCESS-[a-z]+/.exec(command)?.[0];
          if (become) channel.write(`${become}\n`);
          // The module comes on stdin, and is not run.
          channel.resume();
          channel.once('end', () => this.misbehave(channel, command));
        });
      });
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>(resolve =>
      this.#server.listen(0, '127.0.0.1', resolve),
    );
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await new Promise<void>(resolve => this.#server.close(() => resolve()));
  }

  get port(): number {
    return this.#port;
  }

  /** The pinned key. */
  get hostKey(): string {
    return parseHostKey(this.#hostKey.public)!;
  }

  /** As a line of known_hosts. */
  get knownHosts(): string {
    return `[127.0.0.1]:${this.port} ${this.hostKey}\n`;
  }
}

/** Answers with a text and the exit code 0. */
export function answering(text: string | Buffer): Misbehaviour {
  return channel => {
    channel.write(text);
    channel.exit(0);
    channel.end();
  };
}

/** Answers with the result of a module. */
export function returning(result: object): Misbehaviour {
  return answering(`${JSON.stringify(result)}\n`);
}

/** Writes the same for ever, as fast as it is read. */
export function repeating(text: string | Buffer): Misbehaviour {
  return channel => {
    let open = true;
    channel.on('close', () => {
      open = false;
    });
    const pump = () => {
      while (open && channel.write(text));
      if (open) channel.once('drain', pump);
    };
    pump();
  };
}
