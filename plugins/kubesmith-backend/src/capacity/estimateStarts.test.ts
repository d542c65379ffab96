import type { QueueState } from './decideTurns';
import { type Outlook, estimateStarts } from './estimateStarts';
import type { RoomRequest } from './records';

const GIB = 1024;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NOW = 1_000 * DAY;

function request(
  operationId: string,
  memoryGiB: number,
  more: Partial<RoomRequest> = {},
): RoomRequest {
  return {
    operationId,
    clusterId: operationId,
    owner: `user:default/${operationId}`,
    environment: 'course',
    machines: [
      {
        node: 'cp-1',
        role: 'control-plane',
        memoryMiB: memoryGiB * GIB,
        diskGiB: 0,
        clone: true,
      },
    ],
    queuedAt: NOW - MINUTE,
    ...more,
  };
}

function state(
  freeGiB: number,
  waiting: RoomRequest[],
  more: Partial<QueueState> = {},
): QueueState {
  const site = {
    hosts: ['pve1'],
    datastore: 'ssd',
    templateVmid: 9000,
    graceMs: 0,
  };
  return {
    now: NOW,
    hosts: [
      {
        name: 'pve1',
        online: true,
        totalMiB: 64 * GIB,
        freeMiB: freeGiB * GIB,
        clones: 0,
        storages: new Map(),
      },
    ],
    waiting,
    sites: new Map([
      ['course', site],
      ['elsewhere', { ...site, hosts: ['pve2'], templateVmid: 9001 }],
    ]),
    clones: new Map(),
    lastServed: new Map(),
    limits: {
      clonesAtOnce: 1,
      memoryReserveMiB: 0,
      memoryOvercommit: 1,
      storageReserve: 0,
      passableMs: DAY,
    },
    ...more,
  };
}

const nothing: Outlook = { endings: [], cloneEnds: [], cloneMs: 5 * MINUTE };
const ending = (at: number, memoryGiB: number) => ({
  at,
  machines: [{ host: 'pve1', memoryMiB: memoryGiB * GIB }],
});

describe('estimateStarts', () => {
  it('counts the clones that come before', () => {
    const waiting = [
      request('a', 1, { queuedAt: NOW - 9 }),
      request('b', 1, { queuedAt: NOW - 8 }),
      request('c', 1, { queuedAt: NOW - 7 }),
    ];
    const places = estimateStarts(
      state(64, waiting, { clones: new Map([[9000, 1]]) }),
      {
        ...nothing,
        cloneEnds: [{ at: NOW + 2 * MINUTE, templateVmid: 9000, slots: 1 }],
      },
    );
    expect([...places]).toEqual([
      ['a', { position: 1, of: 3, reason: 'clones', start: NOW + 2 * MINUTE }],
      ['b', { position: 2, of: 3, reason: 'clones', start: NOW + 7 * MINUTE }],
      ['c', { position: 3, of: 3, reason: 'clones', start: NOW + 12 * MINUTE }],
    ]);
  });

  it('knows when clusters end, and who takes their room first', () => {
    const waiting = [
      request('a', 8, { queuedAt: NOW - 9 }),
      request('b', 8, { queuedAt: NOW - 8 }),
      request('c', 8, { queuedAt: NOW - 7 }),
    ];
    const places = estimateStarts(state(2, waiting), {
      ...nothing,
      endings: [ending(NOW + DAY, 6), ending(NOW + 3 * DAY, 8)],
    });
    expect(places.get('a')).toMatchObject({ position: 1, start: NOW + DAY });
    expect(places.get('b')).toMatchObject({ start: NOW + 3 * DAY });
    // Nobody knows what comes after that.
    expect(places.get('c')).toEqual({ position: 3, of: 3, reason: 'memory' });
  });

  it('counts only those that need the same hosts or template', () => {
    const places = estimateStarts(
      state(0, [
        request('a', 8, { queuedAt: NOW - 9 }),
        request('b', 8, { queuedAt: NOW - 8, environment: 'elsewhere' }),
        request('c', 8, { queuedAt: NOW - 7, environment: 'gone' }),
      ]),
      nothing,
    );
    expect(places.get('b')).toEqual({ position: 1, of: 1, reason: 'hosts' });
    expect(places.get('c')).toEqual({
      position: 1,
      of: 1,
      reason: 'environment',
    });
  });

  it('says now for what has its turn already, and changes nothing that it is given', () => {
    const given = state(64, [request('a', 8)]);
    const outlook = { ...nothing, endings: [ending(NOW + DAY, 8)] };
    expect(estimateStarts(given, outlook).get('a')).toEqual({
      position: 1,
      of: 1,
      reason: undefined,
      start: NOW,
    });
    expect(given).toEqual(state(64, [request('a', 8)]));
    expect(outlook.endings).toHaveLength(1);
  });

  it('looks ahead at a full department within reason', () => {
    const waiting = Array.from({ length: 200 }, (_, index) =>
      request(`r${index}`, 8, { queuedAt: NOW - 1_000 + index }),
    );
    const endings = Array.from({ length: 2_000 }, (_, index) =>
      ending(NOW + index * MINUTE, 4),
    );
    const begun = performance.now();
    const places = estimateStarts(state(0, waiting), { ...nothing, endings });
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(places.get('r0')!.start).toBeDefined();
    expect(places.get('r199')).toMatchObject({ position: 200, of: 200 });
  });
});
