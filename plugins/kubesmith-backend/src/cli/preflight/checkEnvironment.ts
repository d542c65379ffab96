import type { Checklist } from './Checklist';
import { checkHosts, checkPool } from './checkHosts';
import { checkNetwork } from './checkNetwork';
import { checkAddresses, checkVmids } from './checkNumbers';
import { checkPrivileges } from './checkPrivileges';
import { checkStorage } from './checkStorage';
import { checkTemplate } from './checkTemplate';
import type { EnvironmentScope } from './scope';

/** Looks at all that one environment needs in Proxmox. */
export async function checkEnvironment(scope: EnvironmentScope): Promise<void> {
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
export async function attempt(
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
