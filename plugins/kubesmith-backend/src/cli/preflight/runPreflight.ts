import type { DatabaseService } from '@backstage/backend-plugin-api';
import type { Config } from '@backstage/config';
import { readKubesmithConfig } from '../../config/readKubesmithConfig';
import type { KubesmithConfig } from '../../config/types';
import { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';
import { checkConnection } from './checkConnection';
import { checkDatabase } from './checkDatabase';
import { checkHosts, checkPool } from './checkHosts';
import { Checklist, counted } from './Checklist';
import { checkMachine } from './checkMachine';
import { checkFirewall, checkNetwork } from './checkNetwork';
import { checkAddresses, checkVmids } from './checkNumbers';
import { checkExcess, checkPrivileges } from './checkPrivileges';
import { checkStorage } from './checkStorage';
import { checkTemplate } from './checkTemplate';
import type { EnvironmentScope } from './scope';

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
  const known = await checkDatabase(
    list,
    config,
    kubesmith.encryption.keys,
    options.database,
  );
  await checkProxmox(list, kubesmith, known);
  return list;
}

async function checkProxmox(
  list: Checklist,
  { environments, proxmox: connection }: KubesmithConfig,
  known: Set<number> | undefined,
): Promise<void> {
  list.section('Proxmox VE');
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
      checkExcess(list, environments, proxmox!, connection.tokenId),
    );
    await attempt(list, 'The firewall', () => checkFirewall(list, proxmox!));
    const [vms, hosts] = await Promise.all([proxmox.vms(), proxmox.hosts()]);
    for (const [index, environment] of environments.entries()) {
      await checkEnvironment({
        list,
        environment,
        key: `kubesmith.environments[${index}]`,
        proxmox,
        connection,
        vms,
        hosts,
        known,
      });
    }
  } finally {
    await proxmox?.close();
  }
}

async function checkEnvironment(scope: EnvironmentScope): Promise<void> {
  const { environment, list } = scope;
  list.section(`Environment ${environment.name}`);
  await attempt(list, 'Privileges', () => checkPrivileges(scope));
  await attempt(list, 'The resource pool', () => checkPool(scope));
  const online = checkHosts(scope);
  await attempt(list, 'The template', () => checkTemplate(scope));
  await attempt(list, 'The storage', () => checkStorage(scope, online));
  await attempt(list, 'The bridge', () => checkNetwork(scope, online));
  await attempt(list, 'VMIDs', () => checkVmids(scope));
  await attempt(list, 'Addresses', () => checkAddresses(scope));
}

/** One look that fails, often for want of a privilege, does not end the others. */
async function attempt(
  list: Checklist,
  what: string,
  look: () => Promise<void>,
): Promise<void> {
  try {
    await look();
  } catch (error) {
    list.problem(
      `${what} could not be looked at: ${(error as Error).message}`,
      'see to the problems above first, then try again',
    );
  }
}
