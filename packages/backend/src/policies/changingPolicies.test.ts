/** Policies that are edited while requests run: each answer is that of one version, whole. */
import { randomUUID } from 'node:crypto';
import {
  type Portal,
  asPerson,
  startPortal,
} from './__testUtils__/matrix/startPortal';

jest.setTimeout(180_000);

const admin = asPerson('user:default/admin');
const student = asPerson('user:default/student-1');
const COURSE = 'distributed-systems-2026';
const ROUNDS = 30;
const AT_ONCE = 6;

const withMember = (rules: string) => `
apiVersion: kubesmith.io/v1
kind: Policies
roles:
  - name: administrator
    members: [$administrators, user:default/admin]
    rules:
      - { verbs: [all], where: all, whose: anyone }
      - { verbs: [manage-policy] }
  - name: member
    members: [$everyone]
    rules:
${rules}
`;

/** One's own clusters, with everything. */
const OWN = withMember(
  '      - { verbs: [read, delete, share, access-administrator], where: all, whose: own }',
);
/** All clusters, to look at. */
const LOOK = withMember('      - { verbs: [read], where: all, whose: anyone }');

async function order(portal: Portal, name: string, owner: string) {
  const { status } = await portal.call(
    admin,
    'post',
    '/kubesmith/v1/clusters',
    {
      requestId: randomUUID(),
      name,
      environment: COURSE,
      owner,
      size: 'small',
      workers: 0,
    },
  );
  expect(status).toBe(201);
}

it('no request sees a mixture of two versions', async () => {
  const portal = await startPortal(OWN);
  try {
    await order(portal, 'mine', 'user:default/student-1');
    await order(portal, 'theirs', 'user:default/instructor');

    const seen = { own: 0, look: 0 };
    let editing = true;
    const ask = async () => {
      while (editing) {
        const { body, status } = await portal.call(
          student,
          'get',
          '/kubesmith/v1/clusters',
        );
        expect(status).toBe(200);
        const answer = (body.items as any[])
          .map(({ name, can }) => `${name} ${can.delete} ${can.share ?? false}`)
          .sort();
        const version = answer.length === 1 ? 'own' : 'look';
        expect(answer).toEqual(
          version === 'own'
            ? ['mine true true']
            : ['mine false false', 'theirs false false'],
        );
        seen[version] += 1;
      }
    };
    const asking = Promise.all(Array.from({ length: AT_ONCE }, ask));
    const edit = async () => {
      const policies = '/permission/kubesmith/policies';
      let { version } = (await portal.call(admin, 'get', policies)).body;
      for (let round = 0; round < ROUNDS; round++) {
        const saved = await portal.call(admin, 'put', policies, {
          yaml: round % 2 === 0 ? LOOK : OWN,
          expectedVersion: version,
          reason: `Round ${round}.`,
        });
        expect(saved.status).toBe(200);
        version = saved.body.version;
        // What was saved holds for whoever asks from now on.
        const { body } = await portal.call(
          student,
          'get',
          '/kubesmith/v1/clusters',
        );
        expect(body.items).toHaveLength(round % 2 === 0 ? 2 : 1);
      }
    };
    await Promise.all([
      asking,
      edit().finally(() => {
        editing = false;
      }),
    ]);
    expect(seen.own).toBeGreaterThan(ROUNDS / 2);
    expect(seen.look).toBeGreaterThan(ROUNDS / 2);
  } finally {
    await portal.stop();
  }
});
