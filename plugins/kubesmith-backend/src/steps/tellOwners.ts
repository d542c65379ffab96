import type { Evidence } from '../engine/records';
import type { Context } from './services';

const SCOPE = 'owner';

/** Tells who owns a cluster now, and who owned it until now. Told again, the later notification replaces the earlier one. */
export async function tellOwners({
  cluster,
  operation,
  services,
}: Context): Promise<Evidence> {
  const { from, reason, to } = operation.input ?? {};
  const why = reason ? ` Reason: ${reason}` : '';
  const { name } = cluster;
  await services.tellOwner(
    { ...cluster, owner: String(to) },
    {
      title: `The cluster ${name} is yours now`,
      description: `${operation.initiator} gave it to ${to}. It counts towards your quotas; what is done with it, and when it ends, is on its page. If you do not want it, delete it or give it away.${why}`,
    },
    SCOPE,
  );
  await services.tellOwner(
    { ...cluster, owner: String(from) },
    {
      title: `The cluster ${name} belongs to ${to} now`,
      description: `${operation.initiator} gave it away. Only its new owner can give it back.${why}`,
    },
    SCOPE,
  );
  return { told: [to, from] };
}
