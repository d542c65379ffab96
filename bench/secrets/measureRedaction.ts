/* eslint-disable @backstage/no-relative-monorepo-imports -- the parts alone, which their package does not export */
import { randomBytes } from 'node:crypto';
import { Redactor } from '../../plugins/kubesmith-backend/src/secrets/Redactor';
import { LineSplitter } from '../../plugins/kubesmith-backend/src/tools/process/lines';
import { generatePrivateKey } from '../../plugins/kubesmith-backend/src/tools/ssh/keys';
import { type Figure, figure } from '../figures';
import { describePairs, measurePairs } from '../measure';

const MIB = 1024 * 1024;
const CHUNK = 64 * 1024;
const CHUNKS = (200 * MIB) / CHUNK;
/** As a portal with ten clusters under construction knows them: two keys each, a token, a join token. */
const CLUSTERS = 10;

/** How much of its throughput the way of a tool's output to people keeps when secrets are taken out of it. */
export async function* measureRedaction(): AsyncGenerator<Figure> {
  const redactor = new Redactor();
  const secrets: string[] = [];
  for (let cluster = 0; cluster < CLUSTERS; cluster++)
    secrets.push(
      await generatePrivateKey('bench'),
      await generatePrivateKey('bench'),
      randomBytes(24).toString('base64url'),
      `${randomBytes(3).toString('hex')}.${randomBytes(8).toString('hex')}`,
    );
  for (const secret of secrets) redactor.add(secret);
  const chunk = toolOutput(secrets[2]);
  let most = 0;
  let shown = 0;

  /** As tools are followed: bytes, lines, JSON, the text that people see. */
  const follow = async (show: (text: string) => string) => {
    const lines = new LineSplitter(line => {
      shown += show(JSON.parse(line)['@message']).length;
    });
    for (let n = 0; n < CHUNKS; n++) {
      lines.push(chunk);
      if (n % 100 === 0) most = Math.max(most, process.memoryUsage.rss());
    }
    lines.end();
  };
  const before = process.memoryUsage.rss();
  const pairs = await measurePairs(
    {
      a: () => follow(text => text),
      b: () => follow(text => redactor.redact(text)),
    },
    { pairs: 5, calls: 1, warmUp: 1 },
  );
  if (shown === 0) throw new Error('Nothing was shown');
  yield figure({
    name: 'secrets.redaction-throughput',
    // Time without / time with: the share of the throughput that is left.
    values: pairs.map(({ a, b }) => a / b),
    target: { atLeast: 0.8 },
    note: `200 MiB of a tool's output, ${
      secrets.length
    } secrets known, from bytes to the texts that people see, without and with redaction: ${describePairs(
      pairs,
    )}. The process grew by ${((most - before) / MIB).toFixed(0)} MiB at most.`,
  });
}

/** Lines as Terraform writes them, one of them with a secret; whole lines, so that it can be repeated. */
function toolOutput(secret: string): Buffer {
  const lines: string[] = [];
  let length = 0;
  for (let n = 0; length < CHUNK; n++) {
    const line = `${JSON.stringify({
      '@level': 'info',
      '@message': `proxmox_virtual_environment_vm.node["demo-w-${n}"]: Still creating... [${n}s elapsed]${
        n === 99 ? ` ${secret}` : ''
      }`,
      '@module': 'terraform.ui',
      hook: {
        resource: {
          addr: `proxmox_virtual_environment_vm.node["demo-w-${n}"]`,
        },
        action: 'create',
        elapsed_seconds: n,
      },
      type: 'apply_progress',
    })}\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join(''));
}
