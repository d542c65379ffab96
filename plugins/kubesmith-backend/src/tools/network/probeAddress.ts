import { connect } from 'node:net';
import { API_SERVER_PORT } from '../../clusters/apiServer';
import { neighbourOf } from './neighbours';

/** Asked on every address; the portal must reach port 22 of its nodes anyway. */
const SSH_PORT = 22;
/** Whoever is on the network answers within milliseconds. */
const TIMEOUT_MS = 1000;

/** Who answers on an address, as the end of a sentence that begins with the address; undefined when nobody does. */
export type ProbeAddress = (
  address: string,
  options?: {
    signal?: AbortSignal;
    /** MAC addresses, upper case, whose owners may answer: a machine of ours that was removed a moment ago. */
    ours?: (mac: string) => boolean;
  },
) => Promise<string | undefined>;

/**
 * Looks whether anybody has an address that we are about to give to a machine: connects to the ports of SSH and of the
 * Kubernetes API, and then looks who answered for the address on the local network, which a firewall on the host cannot
 * hide. A refused connection counts on port 22 only: for others a firewall in between may refuse.
 */
export function createAddressProbe(
  options: {
    ports?: { ssh: number; apiServer: number };
    timeoutMs?: number;
    neighbour?: (address: string) => Promise<string | undefined>;
  } = {},
): ProbeAddress {
  const ports = options.ports ?? { ssh: SSH_PORT, apiServer: API_SERVER_PORT };
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const neighbour = options.neighbour ?? neighbourOf;
  return async (address, { signal, ours = () => false } = {}) => {
    const knock = (port: number) =>
      tryToConnect({ address, port, timeoutMs, signal });
    const [ssh, apiServer] = await Promise.all([
      knock(ports.ssh),
      knock(ports.apiServer),
    ]);
    signal?.throwIfAborted();
    if (ssh === 'accepted' || ssh === 'refused') {
      return `answers on port ${ports.ssh}`;
    }
    if (apiServer === 'accepted') {
      return `answers on port ${ports.apiServer}`;
    }
    const mac = await neighbour(address);
    return mac && !ours(mac) ? `is used by the device ${mac}` : undefined;
  };
}

async function tryToConnect(target: {
  address: string;
  port: number;
  timeoutMs: number;
  signal?: AbortSignal;
}): Promise<'accepted' | 'refused' | 'silent'> {
  const { address, port, timeoutMs, signal } = target;
  return new Promise(resolve => {
    const socket = connect({ host: address, port });
    const timer = setTimeout(() => giveUp(), timeoutMs);
    function end(outcome: 'accepted' | 'refused' | 'silent') {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      socket.destroy();
      resolve(outcome);
    }
    function giveUp() {
      end('silent');
    }
    signal?.addEventListener('abort', giveUp);
    socket.once('connect', () => end('accepted'));
    // Anything but a refusal (no route, no answer for the address) says that nobody is there, or nothing.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end(error.code === 'ECONNREFUSED' ? 'refused' : 'silent'),
    );
    if (signal?.aborted) giveUp();
  });
}
