import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify, parse } from 'yaml';
import { asPerson, startPortal } from './__testUtils__/matrix/startPortal';

jest.setTimeout(180_000);

const shipped = readFileSync(
  join(
    dirname(
      require.resolve(
        '@kubesmith/plugin-permission-backend-module-kubesmith/package.json',
      ),
    ),
    'policies/default.yaml',
  ),
  'utf8',
);
const STUDENT = 'user:default/student-1';
const student = asPerson(STUDENT);
const admin = asPerson('user:default/admin');

/** With the real policies, permission framework and catalog: what the backend's own tests take from a double. */
describe('access tokens and the policies', () => {
  let portal: Awaited<ReturnType<typeof startPortal>>;

  beforeAll(async () => {
    portal = await startPortal(shipped);
  });

  afterAll(() => portal.stop());

  const byToken = (secret: string) => ({ authorization: `Bearer ${secret}` });

  async function make(scope: 'read' | 'operate', environment?: string) {
    const { body, status } = await portal.call(
      student,
      'post',
      '/kubesmith/v1/tokens',
      { name: 'script', scope, environment },
    );
    expect([status, body.error]).toEqual([201, undefined]);
    return byToken(body.secret);
  }

  const order = (name: string) => ({
    requestId: randomUUID(),
    name,
    environment: 'distributed-systems-2026',
    size: 'small',
    workers: 0,
  });

  async function save(change: (policies: any) => void) {
    const { body } = await portal.call(
      admin,
      'get',
      '/permission/kubesmith/policies',
    );
    const policies = parse(body.yaml);
    change(policies);
    const saved = await portal.call(
      admin,
      'put',
      '/permission/kubesmith/policies',
      {
        yaml: stringify(policies),
        expectedVersion: body.version,
        reason: 'The test.',
      },
    );
    expect([saved.status, saved.body.error]).toEqual([200, undefined]);
  }

  it('follow their person’s rights at once, and are on record with the rule', async () => {
    const operate = await make('operate');
    const read = await make('read', 'distributed-systems-2026');
    const placed = await portal.call(
      operate,
      'post',
      '/kubesmith/v1/clusters',
      order('by-script'),
    );
    expect([placed.status, placed.body.error]).toEqual([201, undefined]);
    expect(placed.body.cluster.owner).toBe(STUDENT);
    const cluster = `/kubesmith/v1/clusters/${placed.body.cluster.id}`;

    for (const token of [operate, read]) {
      const list = await portal.call(token, 'get', '/kubesmith/v1/clusters');
      expect(list.body.items.map(({ name }: any) => name)).toEqual([
        'by-script',
      ]);
    }
    const own = await portal.call(student, 'get', cluster);
    const same = await portal.call(operate, 'get', cluster);
    expect(own.body.can.delete).toBe(true);
    expect(same.body.can).toEqual({ ...own.body.can, share: false });

    await save(({ roles }) => {
      roles.push({
        name: 'stop',
        title: 'Nobody deletes',
        members: ['group:default/students'],
        rules: [
          { effect: 'deny', verbs: ['delete'], where: 'all', whose: 'anyone' },
        ],
      });
    });
    const refused = await portal.call(operate, 'post', `${cluster}/delete`, {
      requestId: randomUUID(),
    });
    expect(refused.status).toBe(403);

    const trail = await portal.call(admin, 'get', '/kubesmith/v1/audit');
    const entry = (action: string) =>
      trail.body.items.find((each: any) => each.action === action);
    expect(entry('cluster.order')).toMatchObject({
      actor: STUDENT,
      via: expect.stringMatching(/^token:/),
      outcome: 'done',
      detail: { decidedBy: expect.stringMatching(/^Member: .*"create"/) },
    });
    expect(entry('cluster.delete')).toMatchObject({
      outcome: 'denied',
      detail: {
        decidedBy: expect.stringMatching(/^Nobody deletes: .*"deny"/),
      },
    });
    expect(entry('policy.save')).toMatchObject({
      actor: 'user:default/admin',
      via: 'plugin:permission',
      outcome: 'done',
      detail: { reason: 'The test.' },
    });
  });
});
