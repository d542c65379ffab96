import { StepError } from '../engine/failures';
import type { Context } from './services';

/**
 * Refuses to make or start machines before the operation's turn.
 *
 * @returns how many machines may be cloned at once; undefined when nobody said
 * @throws StepError KUBESMITH-WAITS-FOR-ROOM
 */
export async function requireRoom({
  operation,
  services,
}: Context): Promise<number | undefined> {
  const room = await services.room.find(operation.id);
  if (room?.state === 'waiting')
    throw new StepError('KUBESMITH-WAITS-FOR-ROOM');
  return room && Math.max(1, room.slots);
}

/** Says that the machines are made, and that the records say what they use: others may clone now. */
export async function settleRoom({
  journal,
  operation,
  services,
}: Context): Promise<void> {
  await journal(tx => services.room.settle(tx, operation.id));
}
