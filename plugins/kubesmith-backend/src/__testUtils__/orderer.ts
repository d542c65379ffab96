import type { Caller, Orderer } from '../orders/caller';

/** Somebody who may order as the policies that ship say: for the own groups, where one of these is a member or the lead. */
export function asOrderer(caller: Caller): Orderer {
  const { claims, userRef } = caller;
  const own = [userRef, ...claims];
  return {
    ...caller,
    mayOrder: ({ owner, environmentMembers, environmentOwner }) =>
      own.includes(owner) &&
      [environmentOwner, ...environmentMembers].some(ref => own.includes(ref)),
  };
}
