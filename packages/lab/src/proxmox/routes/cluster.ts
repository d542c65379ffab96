/**
 * Imitates the calls about the whole datacenter (pve-manager `Cluster.pm`, `Nodes.pm`, pve-access-control).
 * Left out: HA, replication, networks and SDN in `/cluster/resources`, most fields of a host's status.
 */
import type { Context } from '../context.ts';
import { forbidden, invalid } from '../errors.ts';
import type { Router } from '../router.ts';
import {
  hostResource,
  storageStatus,
  usedMemory,
  vmResource,
} from './status.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** The calls about the whole datacenter. */
export function clusterRoutes(router: Router, context: Context): void {
  const { access, config, state } = context;
  const auditsHost = (user: string, node: string) =>
    access.has(user, `/nodes/${node}`, 'Sys.Audit');

  router.add('GET', '/version', () => ({
    version: '9.2.4',
    release: '9.2',
    repoid: '0000000000000000',
  }));

  router.add('GET', '/access/permissions', ({ user, params }) => {
    if (params.userid && params.userid !== user) {
      throw forbidden('/access, Sys.Audit');
    }
    const paths = params.path ? [params.path] : access.knownPaths();
    return Object.fromEntries(
      paths
        .map(path => [path, access.permissions(user, path)] as const)
        .filter(([, privileges]) => privileges.size > 0 || params.path)
        .map(([path, privileges]) => [
          path,
          Object.fromEntries(
            [...privileges].map(([name, below]) => [name, below ? 1 : 0]),
          ),
        ]),
    );
  });

  router.add('GET', '/nodes', async ({ user }) =>
    Promise.all(
      config.hosts.map(host =>
        hostResource(context, host, auditsHost(user, host.name)),
      ),
    ),
  );

  router.add('GET', '/nodes/{node}/status', async ({ params }) => {
    const host = config.hosts.find(({ name }) => name === params.node)!;
    const total = host.memoryMiB * MIB;
    const used = await usedMemory(context, host);
    return {
      uptime: Math.floor(process.uptime()),
      pveversion: 'pve-manager/9.2.4/0000000000000000',
      kversion: 'Linux 6.17.0 (kubesmith lab)',
      loadavg: ['0.10', '0.10', '0.10'],
      cpu: 0.02,
      wait: 0,
      cpuinfo: {
        cpus: host.cpus,
        cores: host.cpus,
        sockets: 1,
        model: 'Kubesmith lab',
        mhz: '3000',
      },
      memory: { total, used, free: total - used },
      rootfs: {
        total: 100 * GIB,
        used: 8 * GIB,
        avail: 92 * GIB,
        free: 92 * GIB,
      },
      swap: { total: 0, used: 0, free: 0 },
    };
  });

  router.add('GET', '/cluster/status', () => [
    {
      id: 'cluster',
      type: 'cluster',
      name: 'kubesmith-lab',
      version: 1,
      nodes: config.hosts.length,
      quorate: context.hostsDown.size * 2 < config.hosts.length ? 1 : 0,
    },
    ...config.hosts.map(({ name }, index) => ({
      id: `node/${name}`,
      type: 'node',
      name,
      nodeid: index + 1,
      ip: config.listen.host,
      online: context.hostsDown.has(name) ? 0 : 1,
      local: index === 0 ? 1 : 0,
      level: '',
    })),
  ]);

  router.add('GET', '/cluster/nextid', ({ params }) => {
    if (params.vmid !== undefined) {
      // Needs no privilege and sees what the token may not see.
      if (state.vms.has(Number(params.vmid))) {
        throw invalid({ vmid: `VM ${params.vmid} already exists` });
      }
      return params.vmid;
    }
    let free = 100;
    while (state.vms.has(free)) free++;
    return String(free);
  });

  router.add('GET', '/cluster/resources', async ({ user, params }) => {
    const wanted = (type: string) => !params.type || params.type === type;
    const rows: object[] = [];
    if (wanted('pool')) {
      for (const pool of state.pools.keys()) {
        if (access.has(user, `/pool/${pool}`, 'Pool.Audit')) {
          rows.push({ id: `/pool/${pool}`, pool, type: 'pool' });
        }
      }
    }
    if (wanted('vm')) {
      for (const vm of state.sortedVms()) {
        // Silently left out, which is why a token without VM.Audit makes Terraform believe that its machines are gone.
        if (!access.has(user, `/vms/${vm.vmid}`, 'VM.Audit')) continue;
        const { pool, ...row } = await vmResource(context, vm);
        const seesPool =
          pool && access.has(user, `/pool/${pool}`, 'Pool.Audit');
        rows.push(seesPool ? { ...row, pool } : row);
      }
    }
    if (wanted('node')) {
      for (const host of config.hosts) {
        rows.push(
          await hostResource(context, host, auditsHost(user, host.name)),
        );
      }
    }
    if (wanted('storage')) {
      for (const storage of config.storage) {
        if (!access.has(user, `/storage/${storage.id}`, 'Datastore.Audit')) {
          continue;
        }
        const { type, content, shared, used, total } = storageStatus(
          context,
          storage,
        );
        for (const { name } of config.hosts) {
          rows.push({
            id: `storage/${name}/${storage.id}`,
            type: 'storage',
            node: name,
            storage: storage.id,
            plugintype: type,
            status: context.hostsDown.has(name) ? 'unknown' : 'available',
            content,
            shared,
            disk: used,
            maxdisk: total,
          });
        }
      }
    }
    return rows;
  });
}
