import { userInfo } from 'node:os';
import { readKubesmithConfig } from '../../config/readKubesmithConfig';
import { ClusterStore } from '../../database/ClusterStore';
import type { ClusterRecord } from '../../database/records';
import { Environments } from '../../environments/Environments';
import {
  acceptHostKey,
  fingerprint,
  lookAtHostKey,
} from '../../hostKeys/acceptHostKey';
import { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';
import type { CliCommand } from '../CliCommand';
import { openExisting } from '../existingDatabase';

const LIMIT_MS = 60_000;

/** Pins another SSH host key of a node, after a person compared the two. */
export const acceptHostKeyCommand: CliCommand = {
  name: 'accept-host-key',
  summary:
    'Shows the SSH host key of a node beside the pinned one; pins it instead when told to',
  configure(command) {
    command
      .argument('<cluster>', 'id, or environment/name')
      .argument('<node>', 'such as thesis-cp-1')
      .option('--yes <fingerprint>', 'accept the key with this fingerprint');
  },
  async run({ arguments: args, database, loadConfig, options, print }) {
    const config = await loadConfig();
    const kubesmith = readKubesmithConfig(config);
    const knex = await openExisting(config, database);
    const clusters = new ClusterStore(knex);
    const cluster = await findCluster(clusters, args[0]);
    const environment = await new Environments(
      knex,
      kubesmith.sizes,
      kubesmith.proxmox.nodeOverrides,
    ).find(cluster.environment);
    if (!environment)
      throw new Error(`There is no environment '${cluster.environment}'`);
    const proxmox = await ProxmoxClient.create(kubesmith.proxmox);
    try {
      const look = await lookAtHostKey(
        { clusters, proxmox },
        {
          cluster,
          nodeName: args[1],
          environmentPool: environment.proxmox.pool,
        },
        AbortSignal.timeout(LIMIT_MS),
      );
      const shown = fingerprint(look.shown);
      print(`pinned:  ${look.pinned ? fingerprint(look.pinned) : 'none yet'}`);
      print(`machine: ${shown}`);
      if (look.pinned === look.shown) {
        print('They are the same: there is nothing to accept.');
        return 0;
      }
      if (options.yes === undefined) {
        print(
          `They differ; nothing was changed. When you know who made the new key: --yes ${shown}`,
        );
        return 1;
      }
      if (options.yes !== shown) {
        print(`Not accepted: the machine's key is not ${options.yes}.`);
        return 1;
      }
      await acceptHostKey(
        { knex, clusters },
        look,
        `command-line:${userInfo().username}`,
      );
      print(
        `Accepted. The portal trusts the new key of ${args[1]} from now on.`,
      );
      return 0;
    } finally {
      await proxmox.close();
    }
  },
};

async function findCluster(
  clusters: ClusterStore,
  named: string,
): Promise<ClusterRecord> {
  const [environment, name, ...more] = named.split('/');
  let found: ClusterRecord | undefined;
  if (name === undefined) found = await clusters.get(named);
  else if (more.length === 0) {
    const { items } = await clusters.list({
      environment,
      search: name,
      limit: 500,
      offset: 0,
    });
    found = items.find(item => item.name === name);
  }
  if (!found || found.phase === 'deleted')
    throw new Error(
      `There is no cluster '${named}': give its id, or environment/name`,
    );
  return found;
}
