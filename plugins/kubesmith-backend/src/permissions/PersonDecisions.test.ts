import {
  createBackendPlugin,
  coreServices,
} from '@backstage/backend-plugin-api';
import { startTestBackend } from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import {
  clusterReadPermission,
  orderPermission,
} from '@kubesmith/plugin-kubesmith-common';
import { people } from '../__testUtils__/people';
import { policyEngine } from '../__testUtils__/policyEngine';
import { PersonDecisions } from './PersonDecisions';
import { isPolicyEngineOther } from './policyEngineErrors';

jest.setTimeout(60_000);

describe('PersonDecisions', () => {
  const engine = policyEngine();
  let decisions: PersonDecisions;
  let stop: () => Promise<void>;
  const ask = (userRef: string) =>
    decisions.of(userRef, [clusterReadPermission, orderPermission]);

  beforeAll(async () => {
    const backend = await startTestBackend({
      features: [
        engine.feature,
        createBackendPlugin({
          pluginId: 'kubesmith',
          register(env) {
            env.registerInit({
              deps: {
                auth: coreServices.auth,
                discovery: coreServices.discovery,
                logger: coreServices.logger,
              },
              init: async deps => {
                decisions = new PersonDecisions(deps);
              },
            });
          },
        }),
      ],
    });
    stop = () => backend.stop();
  });

  afterAll(() => stop());

  beforeEach(() => {
    engine.state.mode = 'kubesmith';
    engine.state.gone.clear();
  });

  it('answers in the order of the permissions, with the person’s groups', async () => {
    const answer = await ask(people.student1);
    expect(answer).toMatchObject({
      known: true,
      claims: [people.student1, 'group:default/students'],
      decisions: [
        { result: 'CONDITIONAL', resourceType: 'kubesmith-cluster' },
        { result: 'CONDITIONAL', resourceType: 'kubesmith-order' },
      ],
    });
  });

  it('denies everything to somebody whom the catalog does not know any more', async () => {
    engine.state.gone.add(people.admin);
    await expect(ask(people.admin)).resolves.toMatchObject({
      known: false,
      claims: [],
      decisions: [
        { result: AuthorizeResult.DENY },
        { result: AuthorizeResult.DENY },
      ],
    });
  });

  it('tells an engine that cannot answer from one that is away', async () => {
    engine.state.mode = 'other';
    const other = await ask(people.student1).catch(error => error);
    expect(other).toMatchObject({
      name: 'NotImplementedError',
      code: 'KUBESMITH-POLICY-ENGINE-OTHER',
      message: expect.stringContaining('not available with this policy engine'),
    });
    expect(isPolicyEngineOther(other)).toBe(true);

    engine.state.mode = 'away';
    const away = await ask(people.student1).catch(error => error);
    expect(away).toMatchObject({
      name: 'ServiceUnavailableError',
      code: 'KUBESMITH-POLICY-AWAY',
    });
    expect(isPolicyEngineOther(away)).toBe(false);
  });

  it('takes a portal that is starting, and answers 404 to everything, for away', async () => {
    const answers: string[] = [];
    const starting = jest
      .spyOn(global, 'fetch')
      .mockImplementation(async url => {
        answers.push(new URL(String(url)).pathname);
        return new Response('', { status: 404 });
      });
    await expect(ask(people.student1)).rejects.toMatchObject({
      code: 'KUBESMITH-POLICY-AWAY',
    });
    expect(answers).toEqual([
      '/api/permission/kubesmith/decisions',
      '/api/permission/health',
    ]);
    starting.mockRejectedValue(new TypeError('fetch failed'));
    await expect(ask(people.student1)).rejects.toMatchObject({
      code: 'KUBESMITH-POLICY-AWAY',
    });
    starting.mockRestore();
  });
});
