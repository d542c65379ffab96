/**
 * Carries TCP connections between the machine's loopback and that of a lab instance, whose network namespace has no way
 * out. Two processes meet at Unix sockets in the instance's state folder:
 *
 *   node forwarder.ts 7007=/state/portal.sock …     outside: listens on 127.0.0.1:7007, connects to the socket
 *   node forwarder.ts /state/portal.sock=7007 …     inside: listens on the socket, connects to 127.0.0.1:7007
 */
import { rmSync } from 'node:fs';
import { connect, createServer, type NetConnectOpts } from 'node:net';

/** Exit code for an address that is taken. */
export const ADDRESS_TAKEN = 75;

function endpoint(text: string): NetConnectOpts {
  return /^\d+$/.test(text)
    ? { host: '127.0.0.1', port: Number(text) }
    : { path: text };
}

function forward(from: string, to: string): void {
  const listening = endpoint(from);
  const server = createServer({ allowHalfOpen: true }, socket => {
    const other = connect({ ...endpoint(to), allowHalfOpen: true });
    socket.pipe(other);
    other.pipe(socket);
    // Whatever ends one side badly (nothing listens yet, a reset) ends the other.
    socket.on('error', () => other.destroy());
    other.on('error', () => socket.destroy());
  });
  server.on('error', error => {
    console.error(`Cannot listen on ${from}: ${error.message}`);
    process.exit(
      (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
        ? ADDRESS_TAKEN
        : 1,
    );
  });
  // A socket of an earlier forwarder that was killed; the caller makes sure that there is no other one.
  if ('path' in listening) rmSync(listening.path, { force: true });
  server.listen(listening, () => console.log(`${from} -> ${to}`));
}

if (import.meta.main) {
  for (const pair of process.argv.slice(2)) {
    const [from, to] = pair.split('=');
    if (!from || !to) throw new Error(`Not "FROM=TO": ${pair}`);
    forward(from, to);
  }
}
