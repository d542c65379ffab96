import { useFaultBench } from '../__testUtils__/faultBench';
import { describeWithTerraform } from '../__testUtils__/workbench';

jest.setTimeout(240_000);

describeWithTerraform('Room for machines', () => {
  const shared = useFaultBench();

  /** An ordered cluster of two nodes, and how it stands in the queue. */
  async function order(room: { state: string; slots: number }) {
    const { bench } = shared;
    const ordered = await bench.order('demo');
    await bench.db.knex('room_requests').insert({
      operation_id: ordered.operationId,
      cluster_id: ordered.clusterId,
      owner: 'user:default/student-1',
      machines: '[]',
      queued_at: 0,
      template_vmid: 9000,
      ...room,
    });
    return ordered;
  }

  it('should clone as many machines at once as the operation may, then let others', async () => {
    const { bench, lab } = shared;
    const { operationId } = await order({ state: 'granted', slots: 1 });
    const at = await lab.now();
    bench.start();
    expect(await bench.finished(operationId)).toMatchObject({
      status: 'succeeded',
    });
    const made = (await lab.changes(at))
      .map(({ path }) => path.split('/').at(-1)!)
      .filter(last => last === 'clone' || last === 'start');
    expect(made).toEqual(['clone', 'start', 'clone', 'start']);
    const room = await bench.db
      .knex('room_requests')
      .where({ operation_id: operationId })
      .first();
    expect(Number(room.settled_at)).toBeGreaterThan(0);
  });

  it('should touch nothing before its turn, whoever woke it', async () => {
    const { bench, lab } = shared;
    const { operationId } = await order({ state: 'waiting', slots: 0 });
    const at = await lab.now();
    bench.start();
    expect(await bench.waiting(operationId, 'machines')).toMatchObject({
      code: 'KUBESMITH-WAITS-FOR-ROOM',
      class: 'contention',
    });
    expect(await lab.changes(at)).toEqual([]);
    await bench.db
      .knex('room_requests')
      .where({ operation_id: operationId })
      .update({ state: 'granted', slots: 2 });
    expect(await bench.finished(operationId)).toMatchObject({
      status: 'succeeded',
    });
  });
});
