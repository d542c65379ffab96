/**
 * Runs the double over real hosts as a process of its own: `node main.ts CONFIG.json`. Prints one line of JSON with the endpoint
 * once it answers, ends on SIGTERM or SIGINT. The hosts outlive it and are found again at its next start.
 */
import { readFileSync } from 'node:fs';
import {
  NspawnHostDriver,
  type NspawnOptions,
} from '../hosts/NspawnHostDriver.ts';
import type { ProxmoxDoubleConfig } from './options.ts';
import { startProxmoxDouble } from './server.ts';

/** What is in the configuration file. It holds secrets: readable by its owner only. */
export interface ProxmoxProcessConfig extends ProxmoxDoubleConfig {
  /** Where the real hosts live. */
  nspawn: NspawnOptions;
}

const [file] = process.argv.slice(2);
if (!file) {
  process.stderr.write('usage: main.ts CONFIG.json\n');
  process.exit(2);
}
const { nspawn, ...config } = JSON.parse(
  readFileSync(file, 'utf8'),
) as ProxmoxProcessConfig;
const double = await startProxmoxDouble({
  ...config,
  driver: new NspawnHostDriver(nspawn),
});
process.stdout.write(`${JSON.stringify({ endpoint: double.endpoint })}\n`);

let ending = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (ending) return;
    ending = true;
    double.close().then(
      () => process.exit(0),
      error => {
        process.stderr.write(`proxmox double: ${error?.stack ?? error}\n`);
        process.exit(1);
      },
    );
  });
}
