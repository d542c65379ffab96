import type { DatabaseService } from '@backstage/backend-plugin-api';
import type { Config } from '@backstage/config';
import { readKubesmithConfig } from '../../config/readKubesmithConfig';
import type { KubesmithConfig } from '../../config/types';
import { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';
import { checkConnection } from './checkConnection';
import { checkDatabase, type Known } from './checkDatabase';
import { attempt, checkEnvironment } from './checkEnvironment';
import { Checklist, counted } from './Checklist';
import { checkMachine } from './checkMachine';
import { checkFirewall } from './checkNetwork';
import { checkExcess } from './checkPrivileges';

/**
 * Looks at everything that clusters need and changes nothing: Proxmox is asked with GETs only, files and databases are not
 * made. Terraform's `init` runs in a temporary folder.
 */
export async function runPreflight(options: {
  loadConfig(): Promise<Config>;
  database(config: Config): DatabaseService;
}): Promise<Checklist> {
  const list = new Checklist();
  list.section('Configuration');
  let config: Config;
  let kubesmith: KubesmithConfig;
  try {
    config = await options.loadConfig();
    kubesmith = readKubesmithConfig(config);
  } catch (error) {
    list.problem(
      (error as Error).message,
      'correct the app-config; docs/admin/connect-proxmox.md describes the kubesmith section',
    );
    return list;
  }
  list.ok(
    `The kubesmith section is valid: ${counted(
      kubesmith.environments.length,
      'environment',
    )}, ${counted(kubesmith.sizes.length, 'size')}`,
  );

  list.section('This machine');
  await checkMachine(list, kubesmith);
  const known = await checkDatabase(list, config, kubesmith, options.database);
  await checkProxmox(list, kubesmith, known);
  return list;
}

async function checkProxmox(
  list: Checklist,
  { environments: configured, proxmox: connection }: KubesmithConfig,
  known: Known,
): Promise<void> {
  list.section('Proxmox VE');
  const environments = [
    ...configured.map((environment, index) => ({
      environment,
      key: `kubesmith.environments[${index}]`,
    })),
    ...known.environments
      .filter(({ name }) => !configured.some(one => one.name === name))
      .map(environment => ({
        environment,
        key: `${environment.name} (in the portal)`,
      })),
  ];
  let proxmox: ProxmoxClient | undefined;
  try {
    // Reads the certificate's file and asks nothing yet: when it fails, it is the file.
    proxmox = await ProxmoxClient.create(connection).catch(() => undefined);
    const reached =
      proxmox && (await checkConnection(list, connection, proxmox));
    if (!proxmox) {
      list.problem(
        `The file of the certificate authority cannot be read: ${connection.caFile}`,
        'kubesmith.proxmox.caFile: give a PEM file that exists',
      );
    }
    if (!proxmox || !reached) {
      list.info('Environments were not looked at');
      return;
    }
    await attempt(list, 'The privileges', () =>
      checkExcess(
        list,
        environments.map(({ environment }) => environment),
        proxmox!,
        connection.tokenId,
      ),
    );
    await attempt(list, 'The firewall', () => checkFirewall(list, proxmox!));
    const [vms, hosts] = await Promise.all([proxmox.vms(), proxmox.hosts()]);
    for (const { environment, key } of environments) {
      await checkEnvironment({
        list,
        environment,
        key,
        proxmox,
        connection,
        vms,
        hosts,
        known: known.vmids,
      });
    }
  } finally {
    await proxmox?.close();
  }
}
