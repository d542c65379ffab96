/* eslint-disable jest/no-standalone-expect -- what the tests beside it have in common */
import { randomUUID } from 'node:crypto';
import type { TestDatabaseId } from '@backstage/backend-test-utils';
import { eventually as eventuallyWithin } from '../../engine/__testUtils__/engineDatabase';
import { parseIpv4 } from '../../pools/ipv4';
import { LabProxmox } from '../../steps/__testUtils__/LabProxmox';
import { people } from '../people';
import { LARGE, raceConfigData } from './raceConfig';
import { type Answer, Replicas } from './Replicas';

/** The steps of a creation that the engine does. */
export const CREATE_STEPS = ['machines', 'kubernetes', 'verify', 'activate'];
/** The steps of a deletion that the engine does. */
export const DELETE_STEPS = ['destroy', 'release'];

/** The different statuses of some answers, in ascending order. */
export function statuses(answers: Answer[]): number[] {
  return [...new Set(answers.map(({ status }) => status))].sort();
}

/** Waits until `probe` gives something, for at most five minutes: the machine may be busy. */
export async function eventually<T>(
  probe: () => Promise<T | undefined | false>,
  what: string,
): Promise<T> {
  return eventuallyWithin(probe, what, 300_000);
}

/** Replicas on one database with the API double in place of Proxmox, and what tests of races ask and look at. */
export class RaceScene {
  readonly lab: LabProxmox;
  readonly replicas: Replicas;
  #names = 0;

  private constructor(lab: LabProxmox, replicas: Replicas) {
    this.lab = lab;
    this.replicas = replicas;
  }

  static async create(
    databaseId: TestDatabaseId,
    processes: number,
    /** Of each host; room for all that race, if absent. Clones at once: as many as one likes. */
    room: { memoryGiB?: number; clonesAtOnce?: number } = {},
  ): Promise<RaceScene> {
    const { memoryGiB = 1024, clonesAtOnce } = room;
    const lab = await LabProxmox.start({
      hosts: ['pve1', 'pve2', 'pve3'].map(name => ({
        name,
        cpus: 16,
        memoryMiB: memoryGiB * 1024,
      })),
      storage: [
        {
          id: 'shared-ssd',
          type: 'rbd',
          content: ['images', 'rootdir'],
          shared: true,
          totalGiB: 100_000,
        },
      ],
    });
    const replicas = await Replicas.start(databaseId, {
      count: processes,
      kubesmith: raceConfigData(lab.connection, { clonesAtOnce }),
      proxmox: true,
    });
    return new RaceScene(lab, replicas);
  }

  async close(): Promise<void> {
    await this.replicas.stop();
    await this.lab.stop();
  }

  /** A name that no other cluster of the scene had. */
  newName(): string {
    this.#names += 1;
    return `race-${this.#names}`;
  }

  /** Orders a cluster of two nodes from one of the replicas. */
  async order(replica: number, who: string, change: object = {}) {
    return this.replicas.call(replica, 'POST', '/v1/clusters', who, {
      requestId: randomUUID(),
      name: this.newName(),
      environment: LARGE,
      size: 'small',
      workers: 1,
      ...change,
    });
  }

  async remove(replica: number, id: string, who = people.student1) {
    return this.replicas.call(
      replica,
      'POST',
      `/v1/clusters/${id}/delete`,
      who,
      { requestId: randomUUID() },
    );
  }

  async operation(id: string) {
    const path = `/v1/operations/${id}`;
    return (await this.replicas.call(0, 'GET', path, people.admin)).body;
  }

  /** Waits for the end of an operation. */
  async over(id: string) {
    return eventually(async () => {
      const found = await this.operation(id);
      return (
        ['succeeded', 'failed', 'cancelled'].includes(found.status) && found
      );
    }, `the end of operation ${id}`);
  }

  /** Waits until a step works. */
  async begun(operationId: string, step: string): Promise<void> {
    await eventually(
      async () =>
        (
          await this.replicas.performed()
        ).some(line => line.operationId === operationId && line.step === step),
      `step ${step}`,
    );
  }

  /** The addresses that clusters have, as numbers in ascending order. */
  async taken(): Promise<number[]> {
    const rows = await this.replicas
      .knex('ip_addresses')
      .whereIn('state', ['held', 'bound'])
      .select('address');
    return rows.map(({ address }) => Number(address)).sort((a, b) => a - b);
  }

  /** Nobody has what another one has. Returns all addresses, as numbers in ascending order. */
  expectUnique(answers: Answer[]): number[] {
    const nodes = answers.flatMap(({ body }) => body.cluster.nodes);
    const addresses = [
      ...answers.map(({ body }) => body.cluster.vip),
      ...nodes.map(({ ipAddress }) => ipAddress),
    ];
    for (const values of [
      addresses,
      nodes.map(({ vmid }) => vmid),
      nodes.map(({ name }) => name),
      answers.map(({ body }) => body.cluster.id),
    ]) {
      expect(new Set(values).size).toBe(values.length);
    }
    return addresses.map(text => parseIpv4(text)!).sort((a, b) => a - b);
  }

  /** Every step of every operation began once and ended once. */
  async expectOnce(operationIds: string[], steps: string[]): Promise<void> {
    const lines = await this.replicas.performed();
    for (const id of operationIds) {
      const mine = lines.filter(line => line.operationId === id);
      expect(mine.map(({ what, step }) => `${step} ${what}`)).toEqual(
        steps.flatMap(step => [`${step} begun`, `${step} done`]),
      );
    }
  }

  /** No step of the creation was begun or went on after the deletion began to work. */
  async expectNothingAfter(creation: string, deletion: string): Promise<void> {
    const lines = (await this.replicas.performed()).filter(line =>
      [creation, deletion].includes(line.operationId),
    );
    const first = lines.findIndex(line => line.operationId === deletion);
    expect(
      lines.slice(first).filter(line => line.operationId === creation),
    ).toEqual([]);
  }

  /** Deletes what a test ordered; afterwards everything is given back and nobody works. */
  async clear(): Promise<void> {
    const { replicas } = this;
    for (const step of [...CREATE_STEPS, ...DELETE_STEPS])
      await replicas.letGo(step);
    const path = '/v1/clusters?limit=500';
    const { body } = await replicas.call(0, 'GET', path, people.admin);
    const live = body.items.map(({ id }: { id: string }) => id) as string[];
    const answers = await Promise.all(
      live.map((id, index) => this.remove(index, id, people.admin)),
    );
    expect(statuses(answers)).toEqual(live.length > 0 ? [202] : []);
    await eventually(
      async () =>
        !(await replicas.knex('operations').whereNull('finished_at').first()),
      'the end of all operations',
    );
    expect(await replicas.knex('clusters').whereNull('deleted_at')).toEqual([]);
    expect(await this.taken()).toEqual([]);
    expect(await replicas.knex('secrets')).toEqual([]);
    expect(
      await replicas.knex('operations').whereNotNull('lease_owner'),
    ).toEqual([]);
  }
}
