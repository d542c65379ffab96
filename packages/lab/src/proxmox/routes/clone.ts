/**
 * Imitates cloning (qemu-server `clone_vm`): what is checked before the task, the locked machine that stands on the template's
 * host while it runs, and what the copy gets anew. Left out: clones of snapshots and of running machines, bandwidth limits.
 */
import { checkLock, vmOf, type Context } from '../context.ts';
import { failure, forbidden, invalid } from '../errors.ts';
import { hostSpec } from '../hostSpec.ts';
import { randomMac, randomUuid } from '../identifiers.ts';
import { parsePropertyString, printPropertyString } from '../propertyString.ts';
import type { ApiCall, Router } from '../router.ts';
import {
  isCdrom,
  isDrive,
  isNetwork,
  storageOf,
  storedValue,
  volumeOf,
} from '../storedConfig.ts';
import type { VmConfig, VmRecord } from '../state.ts';
import { requireBridges } from './network.ts';

const PARAMETERS = new Set([
  'node',
  'vmid',
  'newid',
  'name',
  'description',
  'pool',
  'snapname',
  'storage',
  'format',
  'full',
  'target',
  'bwlimit',
]);
const DNS_NAME =
  /^([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$/;

/** The call that clones. */
export function cloneRoutes(router: Router, context: Context): void {
  const { driver, state, tasks } = context;

  router.add('POST', '/nodes/{node}/qemu/{vmid}/clone', call => {
    verifyParameters(call);
    const template = vmOf(context, call);
    const newid = Number(call.params.newid);
    const target = call.params.target ?? template.node;
    checkBeforehand(context, call, template, target);

    const clone: VmRecord = {
      vmid: newid,
      node: template.node,
      config: { lock: 'clone' },
      pending: {},
      rootfs: template.rootfs,
    };
    const config = clonedConfig(context, call, template);
    state.vms.set(newid, clone);
    return tasks.start({
      node: template.node,
      type: 'qmclone',
      id: String(template.vmid),
      user: call.user,
      ...(call.taskFault ? { fault: call.taskFault } : {}),
      perform: async log => {
        log(`creating a clone of VM ${template.vmid} with ID ${newid}`);
        await driver.create(hostSpec({ ...clone, config, node: target }));
      },
      commit: () => {
        clone.config = config;
        clone.node = target;
        // Last, as in Proxmox: until then a token that sees only its pool does not see the machine.
        if (call.params.pool) clone.pool = call.params.pool;
      },
      undo: async () => {
        state.vms.delete(newid);
        await driver.remove(newid);
      },
    });
  });
}

function verifyParameters({ params }: ApiCall): void {
  const errors: Record<string, string> = {};
  for (const name of Object.keys(params)) {
    if (!PARAMETERS.has(name)) {
      errors[name] =
        'property is not defined in schema and the schema does not allow additional properties';
    }
  }
  const { newid, name } = params;
  if (newid === undefined) {
    errors.newid = 'property is missing and it is not optional';
  } else if (!/^[1-9]\d{2,8}$/.test(newid)) {
    errors.newid = `type check ('integer') failed - got '${newid}'`;
  }
  if (name !== undefined && !DNS_NAME.test(name)) {
    errors.name = 'invalid format - value does not look like a valid DNS name';
  }
  if (Object.keys(errors).length > 0) throw invalid(errors);
}

function checkBeforehand(
  { access, config, state }: Context,
  { params, user }: ApiCall,
  template: VmRecord,
  target: string,
): void {
  if (params.pool && !state.pools.has(params.pool)) {
    throw forbidden(`pool '${params.pool}' does not exist`);
  }
  if (!config.hosts.some(({ name }) => name === target)) {
    throw failure(`no such cluster node '${target}'`);
  }
  checkLock(template);
  const linked = isLinked(params, template);
  for (const name of ['storage', 'format'] as const) {
    if (linked && params[name] !== undefined) {
      throw failure(`parameter '${name}' not allowed for linked clones`);
    }
  }
  const drives = drivesOf(template.config);
  if (linked && !template.config.template) {
    const [key, drive] = drives.find(([, value]) => !isCdrom(value)) ?? [];
    throw failure(
      `Linked clone feature is not supported for '${volumeOf(
        drive ?? '',
      )}' (${key})`,
    );
  }
  for (const [, drive] of drives.filter(([, value]) => !isCdrom(value))) {
    access.require(
      user,
      `/storage/${params.storage ?? storageOf(volumeOf(drive))}`,
      'Datastore.AllocateSpace',
    );
  }
  requireBridges(access, user, template.config);
  const shared = drives.every(
    ([, drive]) =>
      config.storage.find(({ id }) => id === storageOf(volumeOf(drive)))
        ?.shared,
  );
  if (target !== template.node && !shared) {
    throw failure(`can't clone VM to node '${target}' (VM uses local storage)`);
  }
  if (state.vms.has(Number(params.newid))) {
    throw failure(
      `unable to create VM ${params.newid}: config file already exists`,
    );
  }
}

const isLinked = (params: ApiCall['params'], source: VmRecord): boolean =>
  params.full === undefined
    ? Boolean(source.config.template)
    : params.full === '0';

const drivesOf = (config: VmConfig): [string, string][] =>
  Object.entries(config)
    .filter(([key]) => isDrive(key))
    .map(([key, value]) => [key, String(value)]);

function clonedConfig(
  { config: { storage } }: Context,
  { params }: ApiCall,
  source: VmRecord,
): VmConfig {
  const newid = Number(params.newid);
  const copy: VmConfig = {};
  for (const [key, value] of Object.entries(source.config)) {
    if (/^(template|lock|unused\d+)$/.test(key)) continue;
    if (isNetwork(key)) copy[key] = withNewMac(String(value));
    else if (isDrive(key)) {
      const drive = parsePropertyString(String(value));
      const from = drive.value!;
      const kind = storage.find(({ id }) => id === storageOf(from))?.type;
      const name = from
        .slice(from.indexOf(':') + 1)
        .replace(/^(.*\/)?(base|vm)-\d+-/, `vm-${newid}-`);
      // RBD and ZFS name the base volume in a linked clone's volume id, LVM-thin does not.
      const base =
        isLinked(params, source) &&
        !isCdrom(String(value)) &&
        kind !== 'lvmthin'
          ? `${from.slice(from.indexOf(':') + 1)}/`
          : '';
      drive.value = `${params.storage ?? storageOf(from)}:${base}${name}`;
      copy[key] = printPropertyString(drive);
    } else copy[key] = value;
  }
  copy.smbios1 = `uuid=${randomUuid()}`;
  if (copy.vmgenid) copy.vmgenid = randomUuid();
  copy.name = params.name ?? `Copy-of-VM-${source.config.name ?? source.vmid}`;
  if (params.description) {
    copy.description = storedValue(
      newid,
      'description',
      params.description,
      copy,
    );
  }
  return copy;
}

function withNewMac(card: string): string {
  const [model, ...options] = card.split(',');
  return [`${model!.split('=')[0]}=${randomMac()}`, ...options].join(',');
}
