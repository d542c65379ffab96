import { mockServices } from '@backstage/backend-test-utils';
import { parsePolicies } from '@kubesmith/plugin-kubesmith-common';
import { checkReferences } from '../service/checkReferences';
import { ReferenceWatch } from './ReferenceWatch';

const part = (file: string, group: string) => {
  const parsed = parsePolicies(
    `apiVersion: kubesmith.io/v1
kind: Policies
roles:
  - name: one
    members: [${group}]
    rules:
      - { verbs: [read], where: { environments: [course, curse] }, whose: own }
`,
    { file },
  );
  if (!parsed.document) throw new Error('This is no policy');
  return parsed;
};

function setUp() {
  const logger = mockServices.logger.mock();
  const catalog = new Set(['group:default/students']);
  const state = { isAway: false };
  const watch = new ReferenceWatch({
    logger,
    firstAfterMs: 5,
    everyMs: 5,
    check: (document, positions) =>
      checkReferences(document, positions, {
        people: {
          unknown: async refs => {
            if (state.isAway) throw new Error('The catalog is away');
            return new Set(refs.filter(ref => !catalog.has(ref)));
          },
        },
        records: { environments: async () => [{ name: 'course' } as never] },
      }),
  });
  const said = () => logger.warn.mock.calls.map(([text]) => text);
  return { catalog, logger, said, state, watch };
}

describe('ReferenceWatch', () => {
  it('names file and line of what there is not, once', async () => {
    const { said, watch } = setUp();
    await watch.changed([
      part('a.yaml', 'group:default/students'),
      part('b.yaml', 'group:default/studens'),
    ]);
    await watch.look();
    expect(watch.warnings).toMatchObject(
      [
        { file: 'a.yaml', line: 7, message: /curse/ },
        {
          file: 'b.yaml',
          line: 5,
          message: /no group 'group:default\/studens'/,
        },
        { file: 'b.yaml', line: 7, message: /curse/ },
      ].map(({ message, ...rest }) => ({
        ...rest,
        message: expect.stringMatching(message),
      })),
    );
    expect(said()).toHaveLength(3);
    expect(said()[1]).toMatch(/b\.yaml.*5.*studens/);
  });

  it('takes back what is there by now, and keeps what it knew while the catalog is away', async () => {
    const { catalog, state, watch } = setUp();
    await watch.changed([part('b.yaml', 'group:default/tutors')]);
    expect(watch.warnings).toHaveLength(2);
    state.isAway = true;
    await watch.look();
    expect(watch.warnings).toHaveLength(2);
    state.isAway = false;
    catalog.add('group:default/tutors');
    await watch.look();
    expect(watch.warnings).toHaveLength(1);
  });

  it('looks by itself until it is stopped', async () => {
    const { said, watch } = setUp();
    watch.start([part('b.yaml', 'group:default/tutors')]);
    while (said().length < 2) {
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    watch.stop();
    expect(watch.warnings).toHaveLength(2);
  });
});
