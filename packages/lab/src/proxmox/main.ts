/**
 * Runs the double over real hosts as a process of its own: `node main.ts CONFIG.json`. Prints one line of JSON with the endpoint
 * once it answers, ends on SIGTERM or SIGINT. The hosts outlive it and are found again at its next start.
 */
import { readFileSync } from 'node:fs';
import {
  NspawnHostDriver,
  type NspawnOptions,
} from '../hosts/NspawnHostDriver.ts';
import { labDatacenter } from './datacenter.ts';
import {
  instantTaskDurations,
  realisticTaskDurations,
  type HypervisorHost,
  type TaskDurations,
} from './options.ts';
import { startProxmoxDouble } from './server.ts';

/** What is in the configuration file. */
export interface ProxmoxProcessConfig {
  listen: { host: string; port: number };
  tls: { keyFile: string; certificateFile: string };
  /** File that holds the secret of the token `kubesmith@pve!portal`, and nothing else. */
  tokenSecretFile: string;
  stateFile: string;
  callLogFile?: string;
  taskDurations: 'realistic' | 'instant' | TaskDurations;
  /** See `ProxmoxDoubleConfig.holdTaskStatusMs`. */
  holdTaskStatusMs?: number;
  hosts?: HypervisorHost[];
  /** Where the real hosts live. */
  nspawn: NspawnOptions;
}

const DURATIONS = {
  realistic: realisticTaskDurations,
  instant: instantTaskDurations,
};

const [file] = process.argv.slice(2);
if (!file) {
  process.stderr.write('usage: main.ts CONFIG.json\n');
  process.exit(2);
}
const read = (path: string) => readFileSync(path, 'utf8');
const { nspawn, tls, tokenSecretFile, taskDurations, ...settings } =
  JSON.parse(read(file)) as ProxmoxProcessConfig;
const double = await startProxmoxDouble({
  ...labDatacenter({
    ...settings,
    tls: { key: read(tls.keyFile), cert: read(tls.certificateFile) },
    tokenSecret: read(tokenSecretFile).trim(),
    taskDurations:
      typeof taskDurations === 'string'
        ? DURATIONS[taskDurations]
        : taskDurations,
  }),
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
