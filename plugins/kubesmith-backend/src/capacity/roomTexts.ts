import type { Turn } from './decideTurns';
import type { QueuePlace } from './estimateStarts';
import type { WaitReason } from './records';

const WHY: Record<WaitReason, string> = {
  memory: 'no host has enough free memory',
  storage: 'the storage has not enough free space',
  clones: 'as many machines as may be are being made at once',
  hosts: 'a host that is needed does not answer',
  turn: 'others who wait come first',
  environment:
    'the environment is not configured, so nobody knows which hosts it has',
};

/** That an operation waits, and why; a sentence for its log. */
export function waitingText(reason: WaitReason): string {
  return `Waits for room: ${WHY[reason]}. It goes on by itself; nothing needs to be done`;
}

/** That an operation goes on; a sentence for its log. */
export function grantedText({ hosts }: Pick<Turn, 'hosts'>): string {
  const where = [...hosts].map(([node, host]) => `${node} on ${host}`);
  return `There is room${where.length > 0 ? `: ${where.join(', ')}` : ''}`;
}

/** Where an operation stands, for its progress. */
export function progressText({ of, position, start }: QueuePlace): string {
  const when =
    start === undefined
      ? 'nobody knows when there will be room'
      : `probably goes on at ${utc(start)}`;
  return `Waits for room: number ${position} of ${of}, ${when}`;
}

function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
