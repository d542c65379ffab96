/** Imitates resource pools (pve-manager `Pool.pm`). Left out: nested pools, storages as members. */
import type { Context } from '../context.ts';
import { failure } from '../errors.ts';
import type { Router } from '../router.ts';
import { vmResource } from './status.ts';

/** The calls about resource pools. */
export function poolRoutes(router: Router, context: Context): void {
  const { access, state } = context;
  const poolOr = (id: string, prefix = '') => {
    const pool = state.pools.get(id);
    if (!pool) throw failure(`${prefix}pool '${id}' does not exist`);
    return pool;
  };
  const membersOf = (id: string) =>
    state.sortedVms().filter(vm => vm.pool === id);

  router.add('GET', '/pools', async ({ user, params }) => {
    const id = params.poolid;
    if (id === undefined) {
      return [...state.pools]
        .filter(([pool]) => access.has(user, `/pool/${pool}`, 'Pool.Audit'))
        .map(([poolid, pool]) => ({ poolid, ...pool }));
    }
    // Proxmox makes a check here and ignores its result: whoever names a pool sees its members.
    const members = membersOf(id).map(vm => vmResource(context, vm));
    return [{ poolid: id, ...poolOr(id), members: await Promise.all(members) }];
  });

  router.add('POST', '/pools', ({ params }) => {
    const { poolid, comment } = params;
    if (state.pools.has(poolid!)) {
      throw failure(`create pool failed: pool '${poolid}' already exists`);
    }
    state.pools.set(poolid!, comment ? { comment } : {});
    state.save();
  });

  router.add('PUT', '/pools', ({ params, user }) => {
    const { poolid, comment, vms } = params as Record<string, string>;
    const prefix = 'update pools failed: ';
    const pool = poolOr(poolid!, prefix);
    for (const vmid of (vms ?? '').split(',').filter(Boolean).map(Number)) {
      access.requireAny(
        user,
        `/vms/${vmid}`,
        'Permissions.Modify',
        'VM.Allocate',
      );
      const vm = state.vms.get(vmid);
      if (!vm) throw failure(`${prefix}VM ${vmid} does not exist`);
      if (params.delete === '1') {
        if (vm.pool !== poolid) {
          throw failure(`${prefix}VM ${vmid} is not a pool member`);
        }
        delete vm.pool;
        continue;
      }
      if (vm.pool === poolid) {
        throw failure(`${prefix}VM ${vmid} is already a pool member`);
      }
      if (vm.pool && params['allow-move'] !== '1') {
        throw failure(
          `${prefix}VM ${vmid} belongs already to pool '${vm.pool}' and 'allow-move' is not set`,
        );
      }
      vm.pool = poolid!;
    }
    if (comment !== undefined) pool.comment = comment;
    state.save();
  });

  router.add('DELETE', '/pools', ({ params }) => {
    const id = params.poolid!;
    poolOr(id, 'delete pool failed: ');
    const [member] = membersOf(id);
    if (member) {
      throw failure(
        `delete pool failed: pool '${id}' is not empty (contains VM ${member.vmid})`,
      );
    }
    state.pools.delete(id);
    state.save();
  });
}
