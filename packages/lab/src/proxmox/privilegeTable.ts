/**
 * Which privilege each call needs: the one place where the double's checks are written down. Read in qemu-server 9.2.6
 * (`API2/Qemu.pm`, `Qemu/Agent.pm`), pve-manager (`Cluster.pm`, `Nodes.pm`, `Pool.pm`, `Tasks.pm`), pve-storage and guest-common.
 * Checks that depend on a value (which option, which storage, which bridge) are made by the handlers, with the lists below.
 */

/** What the path in an ACL must grant. `{name}` is replaced by the call's parameter of that name. */
export type Check =
  | { kind: 'anyone' }
  | {
      kind: 'all' | 'any';
      path: string;
      privileges: readonly string[];
      /** The check fails when the call lacks this parameter. */
      requires?: string;
    }
  | { kind: 'and' | 'or'; checks: readonly Check[] };

/** Any signed-in user; what the call lists is filtered by the handler. */
const anyone: Check = { kind: 'anyone' };
const all = (path: string, ...privileges: string[]): Check => ({
  kind: 'all',
  path,
  privileges,
});
const any = (path: string, ...privileges: string[]): Check => ({
  kind: 'any',
  path,
  privileges,
});
const vm = (privilege: string) => all('/vms/{vmid}', privilege);
const agent = (privilege: string) =>
  any('/vms/{vmid}', privilege, 'VM.GuestAgent.Unrestricted');
const VM = '/nodes/{node}/qemu/{vmid}';
const STORAGE = '/nodes/{node}/storage';
const readStorage = any(
  '/storage/{storage}',
  'Datastore.Audit',
  'Datastore.AllocateSpace',
);

/** The check of each call that the double answers, by `METHOD path`. */
export const callChecks: Readonly<Record<string, Check>> = {
  'GET /version': anyone,
  'GET /access/permissions': anyone,
  'GET /nodes': anyone,
  'GET /nodes/{node}/status': all('/nodes/{node}', 'Sys.Audit'),
  'GET /cluster/nextid': anyone,
  'GET /cluster/resources': anyone,
  'GET /cluster/status': all('/', 'Sys.Audit'),
  'GET /cluster/tasks': anyone,
  'GET /cluster/firewall/options': all('/', 'Sys.Audit'),
  'GET /nodes/{node}/network': anyone,

  'GET /nodes/{node}/tasks': anyone,
  'GET /nodes/{node}/tasks/{upid}/status': anyone,
  'GET /nodes/{node}/tasks/{upid}/log': anyone,
  'DELETE /nodes/{node}/tasks/{upid}': anyone,

  'GET /pools': anyone,
  'POST /pools': all('/pool/{poolid}', 'Pool.Allocate'),
  'PUT /pools': all('/pool/{poolid}', 'Pool.Allocate'),
  'DELETE /pools': all('/pool/{poolid}', 'Pool.Allocate'),

  [`GET ${STORAGE}`]: anyone,
  [`GET ${STORAGE}/{storage}/status`]: readStorage,
  [`GET ${STORAGE}/{storage}/content`]: readStorage,
  [`GET ${STORAGE}/{storage}/content/{volume...}`]: anyone,

  'GET /nodes/{node}/qemu': anyone,
  [`POST ${VM}/clone`]: {
    kind: 'and',
    checks: [
      vm('VM.Clone'),
      {
        kind: 'or',
        checks: [
          all('/vms/{newid}', 'VM.Allocate'),
          {
            kind: 'all',
            path: '/pool/{pool}',
            privileges: ['VM.Allocate'],
            requires: 'pool',
          },
        ],
      },
    ],
  },
  [`GET ${VM}/config`]: vm('VM.Audit'),
  [`PUT ${VM}/config`]: any(
    '/vms/{vmid}',
    'VM.Config.Disk',
    'VM.Config.CDROM',
    'VM.Config.CPU',
    'VM.Config.Memory',
    'VM.Config.Network',
    'VM.Config.HWType',
    'VM.Config.Options',
    'VM.Config.Cloudinit',
  ),
  [`POST ${VM}/config`]: any(
    '/vms/{vmid}',
    'VM.Config.Disk',
    'VM.Config.CDROM',
    'VM.Config.CPU',
    'VM.Config.Memory',
    'VM.Config.Network',
    'VM.Config.HWType',
    'VM.Config.Options',
    'VM.Config.Cloudinit',
  ),
  [`GET ${VM}/pending`]: vm('VM.Audit'),
  [`PUT ${VM}/cloudinit`]: vm('VM.Config.Cloudinit'),
  [`PUT ${VM}/resize`]: vm('VM.Config.Disk'),
  [`POST ${VM}/migrate`]: vm('VM.Migrate'),
  [`DELETE ${VM}`]: vm('VM.Allocate'),

  [`GET ${VM}/status/current`]: vm('VM.Audit'),
  [`POST ${VM}/status/start`]: vm('VM.PowerMgmt'),
  [`POST ${VM}/status/stop`]: vm('VM.PowerMgmt'),
  [`POST ${VM}/status/reset`]: vm('VM.PowerMgmt'),
  [`POST ${VM}/status/shutdown`]: vm('VM.PowerMgmt'),
  [`POST ${VM}/status/reboot`]: vm('VM.PowerMgmt'),

  [`GET ${VM}/snapshot`]: vm('VM.Audit'),
  [`POST ${VM}/snapshot`]: vm('VM.Snapshot'),
  [`DELETE ${VM}/snapshot/{snapname}`]: vm('VM.Snapshot'),
  [`POST ${VM}/snapshot/{snapname}/rollback`]: any(
    '/vms/{vmid}',
    'VM.Snapshot',
    'VM.Snapshot.Rollback',
  ),

  [`POST ${VM}/agent/ping`]: agent('VM.GuestAgent.Audit'),
  [`GET ${VM}/agent/network-get-interfaces`]: agent('VM.GuestAgent.Audit'),
  [`GET ${VM}/agent/get-osinfo`]: agent('VM.GuestAgent.Audit'),
  [`GET ${VM}/agent/get-host-name`]: agent('VM.GuestAgent.Audit'),
  [`GET ${VM}/agent/file-read`]: agent('VM.GuestAgent.FileRead'),
};

/** Options of a virtual machine by the privilege that changing them needs on `/vms/ID`. */
export const optionPrivileges: Readonly<Record<string, readonly string[]>> = {
  'VM.Config.CPU': [
    'cores',
    'cpu',
    'cpulimit',
    'cpuunits',
    'numa',
    'smp',
    'sockets',
    'vcpus',
  ],
  'VM.Config.Memory': ['memory', 'balloon', 'shares', 'allow-ksm'],
  'VM.Config.HWType': [
    'acpi',
    'hotplug',
    'kvm',
    'machine',
    'scsihw',
    'smbios1',
    'tablet',
    'vga',
    'watchdog',
    'audio0',
    'rng0',
  ],
  'VM.Config.Options': [
    'agent',
    'autostart',
    'bios',
    'description',
    'keyboard',
    'localtime',
    'migrate_downtime',
    'migrate_speed',
    'name',
    'onboot',
    'ostype',
    'protection',
    'reboot',
    'startdate',
    'startup',
    'tags',
    'tdf',
    'template',
  ],
  'VM.Config.Disk': ['boot', 'bootdisk', 'vmstatestorage'],
};

/** Options that either of `VM.Config.Cloudinit` and `VM.Config.Network` may change. */
export const cloudInitOptions: readonly string[] = [
  'cicustom',
  'cipassword',
  'citype',
  'ciuser',
  'ciupgrade',
  'nameserver',
  'searchdomain',
  'sshkeys',
];

/** Options that exist but that only `root@pam` may set. */
export const rootOnlyOptions: readonly string[] = [
  'args',
  'lock',
  'hookscript',
];
