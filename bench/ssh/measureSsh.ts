/* eslint-disable @backstage/no-relative-monorepo-imports -- the parts alone, which their package does not export */
import { equal } from 'node:assert/strict';
import { Client } from 'ssh2';
import { execOn } from '../../plugins/kubesmith-backend/src/tools/ssh/exec';
import { SshPool } from '../../plugins/kubesmith-backend/src/tools/ssh/SshPool';
import { type Figure, figure } from '../figures';
import { describePairs, measurePairs, ratiosOf } from '../measure';
import { SshServer } from './SshServer';

const COMMAND = 'true';
const OPTIONS = { timeoutMs: 10_000 };

/** What a command on a node costs with a connection of its own, as in the original, against the portal's kept ones. */
export async function* measureSsh(): AsyncGenerator<Figure> {
  const server = await SshServer.start();
  const pool = new SshPool();
  try {
    const { target } = server;
    const alone = async () => {
      const client = new Client();
      const ready = new Promise<void>((resolve, reject) => {
        client.once('ready', resolve).once('error', reject);
      });
      client.connect({
        host: target.host,
        port: target.port,
        username: target.user,
        privateKey: target.privateKey,
      });
      await ready;
      const { code } = await execOn(client, target, COMMAND, OPTIONS);
      equal(code, 0, 'The command failed on a connection of its own');
      client.end();
    };
    const kept = async () => {
      const { code } = await pool.exec(target, COMMAND, OPTIONS);
      equal(code, 0, 'The command failed on a kept connection');
    };
    const pairs = await measurePairs(
      { a: alone, b: kept },
      { pairs: 7, calls: 15, warmUp: 5 },
    );
    yield figure({
      name: 'ssh.kept-connection',
      values: ratiosOf(pairs),
      target: { atLeast: 60 },
      note: `p50 of \`${COMMAND}\` over SSH with a new connection each time, as the original does / with the portal's pool: ${describePairs(
        pairs,
      )}. Real: OpenSSH's server on loopback, the product's pool. \`${COMMAND}\` stands for kubectl, whose own start (38 ms) both would pay. The product keeps no tunnel to the API server: there is no 2b.`,
    });
  } finally {
    pool.close();
    await server.stop();
  }
}
