import type { Config } from '@backstage/config';
import type { Size } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { EnvironmentConfig, KubesmithConfig } from '../../config/types';
import { readKubesmithConfig } from '../../config/readKubesmithConfig';
import { ClusterStore } from '../../database/ClusterStore';
import type { ClusterRecord } from '../../database/records';
import { OperationStore } from '../../engine/OperationStore';
import { Environments } from '../../environments/Environments';
import { acceptRestored, releaseHeld } from '../../restore/acceptRestored';
import {
  compareRecords,
  type RestoreReport,
} from '../../restore/compareRecords';
import { describeReport } from '../../restore/describeReport';
import { isHeld, RestoreStore } from '../../restore/RestoreStore';
import { takeUnknownAddresses } from '../../restore/unknownAddresses';
import { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';
import type { CliCommand, CliContext } from '../CliCommand';
import { openExisting } from '../existingDatabase';

/** Shows what differs between records and machines, and accepts a database that was put back from a backup. */
export const acceptRestoredDatabase: CliCommand = {
  name: 'accept-restored-database',
  summary:
    'After a restored backup: shows how records and machines differ; changes something only when told to',
  configure(command) {
    command
      .option(
        '--addresses',
        'give back addresses of unknown machines that are gone',
      )
      .option('--cluster <id...>', 'release these clusters only')
      .option('--all', 'release all clusters and allow new orders');
  },
  async run(context) {
    const config = await context.loadConfig();
    const kubesmith = readKubesmithConfig(config);
    const proxmox = await ProxmoxClient.create(kubesmith.proxmox);
    try {
      return await accept(context, config, kubesmith, proxmox);
    } finally {
      await proxmox.close();
    }
  },
};

async function accept(
  { database, options, print }: CliContext,
  config: Config,
  { dataDirectory, environments: configured, sizes }: KubesmithConfig,
  proxmox: ProxmoxClient,
): Promise<number> {
  const knex = await openExisting(config, database);
  const clusters = new ClusterStore(knex);
  const operations = new OperationStore(knex);
  const environments = await environmentsOf(knex, sizes, configured);
  const { restore } = await new RestoreStore(knex).status();
  const report = await compareRecords(
    { clusters, operations, proxmox, environments, dataDirectory },
    AbortSignal.timeout(10 * 60_000),
  );
  const held = await heldClusters(clusters);
  describeReport(report, held, restore).forEach(print);
  if (restore?.state === 'detected') {
    print(
      'The portal has not compared records and machines yet. Start it, wait for a minute, then call this again.',
    );
    return 1;
  }
  const wanted = (options.cluster as string[] | undefined) ?? [];
  if (!options.addresses && !options.all && wanted.length === 0) return 0;
  // Machines may have been removed by hand since: their addresses are free again.
  await knex.transaction(tx => takeUnknownAddresses(tx, environments, report));
  const deps = { knex, clusters, operations, environments };
  if (options.all) {
    const released = await acceptRestored(deps, held, report);
    print(`Accepted. ${released.length} clusters were released.`);
    return 0;
  }
  return releaseSome(deps, { held, print, report, wanted });
}

/** Those that the database knows, also the portal's; a portal that has not started since knows those of the configuration. */
async function environmentsOf(
  knex: Knex,
  sizes: Size[],
  configured: EnvironmentConfig[],
): Promise<EnvironmentConfig[]> {
  const recorded = await new Environments(knex, sizes).current();
  const names = new Set(configured.map(({ name }) => name));
  return [...configured, ...recorded.filter(({ name }) => !names.has(name))];
}

async function releaseSome(
  deps: Parameters<typeof releaseHeld>[0],
  options: {
    held: ClusterRecord[];
    print: (text: string) => void;
    report: RestoreReport;
    wanted: string[];
  },
): Promise<number> {
  const { held, print, report, wanted } = options;
  let code = 0;
  for (const id of wanted) {
    const cluster = held.find(candidate => candidate.id === id);
    if (cluster && (await releaseHeld(deps, cluster, report))) {
      print(`${cluster.name} was released.`);
    } else {
      print(`There is no held cluster with the id '${id}'.`);
      code = 1;
    }
  }
  return code;
}

async function heldClusters(store: ClusterStore): Promise<ClusterRecord[]> {
  const held: ClusterRecord[] = [];
  for (let offset = 0; ; ) {
    const { items, total } = await store.list({
      phase: 'needs-attention',
      limit: 200,
      offset,
    });
    held.push(...items.filter(isHeld));
    offset += items.length;
    if (items.length === 0 || offset >= total) return held;
  }
}
