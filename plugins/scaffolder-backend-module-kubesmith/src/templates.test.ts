import { readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { createServiceFactory } from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import scaffolderPlugin from '@backstage/plugin-scaffolder-backend';
import {
  canaryFiles,
  hostileStrings,
  hostileTexts,
} from '@kubesmith/hostile-texts';
import {
  CLUSTER_NAME_PATTERN,
  MAX_REASON_LENGTH,
  REASON_PATTERN,
} from '@kubesmith/plugin-kubesmith-common';
import { kubesmithServiceRef } from '@kubesmith/plugin-kubesmith-node';
import { validate } from 'jsonschema';
import request from 'supertest';
import yaml from 'yaml';
import { scaffolderModuleKubesmith } from './module';
import {
  CLUSTER_ID,
  ScriptedKubesmith,
  waitingOrder,
} from './__testUtils__/ScriptedKubesmith';

jest.setTimeout(120_000);

const TEMPLATES = resolve(__dirname, '../../../templates');

/** A template as it is delivered. */
function readTemplate(name: string) {
  const file = resolve(TEMPLATES, name, 'template.yaml');
  const template = yaml.parse(readFileSync(file, 'utf8'));
  // The catalog fills in the namespace.
  return {
    ...template,
    metadata: { namespace: 'default', ...template.metadata },
  };
}

describe('templates', () => {
  const kubesmith = new ScriptedKubesmith({
    steps: [
      'machines',
      'kubernetes',
      'verify',
      'activate',
      'destroy',
      'release',
    ],
  });
  let backend: Awaited<ReturnType<typeof startTestBackend>>;

  beforeAll(async () => {
    backend = await startTestBackend({
      features: [
        scaffolderPlugin,
        scaffolderModuleKubesmith,
        catalogServiceMock.factory({
          entities: readdirSync(TEMPLATES).map(readTemplate),
        }),
        mockServices.rootConfig.factory({
          data: { backend: { baseUrl: 'http://localhost:0' } },
        }),
        createServiceFactory({
          service: kubesmithServiceRef,
          deps: {},
          factory: () => kubesmith.service,
        }),
      ],
    });
  });
  afterAll(() => backend.stop());
  beforeEach(() => jest.clearAllMocks());

  const asUser = mockCredentials.user.header();
  const start = (template: string, values: object) =>
    request(backend.server)
      .post('/api/scaffolder/v2/tasks')
      .set('Authorization', asUser)
      .send({ templateRef: `template:default/${template}`, values });

  async function outcome(taskId: string) {
    for (let attempt = 0; attempt < 300; attempt++) {
      const { body } = await request(backend.server)
        .get(`/api/scaffolder/v2/tasks/${taskId}`)
        .set('Authorization', asUser);
      if (['completed', 'failed', 'cancelled'].includes(body.status)) {
        return body;
      }
      await new Promise(resume => setTimeout(resume, 100));
    }
    throw new Error('The task did not end');
  }

  const order = {
    name: 'demo',
    environment: 'distributed-systems-2026',
    size: 'small',
    workers: 2,
  };

  it('should offer the clusters on which they begin what they begin, and no others', () => {
    const begun: Record<string, string> = {};
    for (const name of readdirSync(TEMPLATES)) {
      const { parameters, steps } = readTemplate(name).spec;
      const pickers = parameters
        .flatMap((page: any) => Object.values<any>(page.properties))
        .filter((one: any) => one['ui:field'] === 'KubesmithClusterPicker');
      const kinds = steps.flatMap(({ action, input }: any) => {
        if (action === 'kubesmith:operation:start') return input.request.kind;
        return action === 'kubesmith:cluster:delete' ? 'delete' : [];
      });
      expect({
        name,
        offered: pickers.map((one: any) => one['ui:options']?.operation),
      }).toEqual({ name, offered: kinds });
      if (kinds.length > 0) begun[name] = kinds.join();
    }
    expect(begun).toMatchObject({
      'delete-k8s-cluster': 'delete',
      'renew-k8s-certificates': 'renew',
      'scale-k8s-cluster': 'scale',
    });
    expect(Object.keys(begun)).toHaveLength(13);
  });

  it('should order, build and hand over a cluster', async () => {
    const { body, status } = await start('new-k8s-cluster', order);
    expect(body.errors).toBeUndefined();
    expect(status).toBe(201);
    expect((await outcome(body.id)).status).toBe('completed');
    expect(kubesmith.service.orderCluster).toHaveBeenCalledWith(
      {
        ...order,
        taskId: body.id,
        requestId: expect.stringContaining(body.id),
      },
      expect.anything(),
    );
    expect(
      kubesmith.service.ensureStep.mock.calls.map(([{ step }]) => step),
    ).toEqual(['machines', 'kubernetes', 'verify', 'activate']);

    const events = await request(backend.server)
      .get(`/api/scaffolder/v2/tasks/${body.id}/events`)
      .set('Authorization', asUser);
    const completion = events.body.find(
      (event: { type: string }) => event.type === 'completion',
    );
    expect(completion.body.output).toMatchObject({
      links: [
        { url: `/kubesmith/clusters/${CLUSTER_ID}` },
        { entityRef: 'resource:kubesmith/course.demo' },
      ],
      text: [{ content: expect.stringContaining('https://10.40.19.201:6443') }],
    });
  });

  it('should end well, with a link, when the order waits for an approval', async () => {
    kubesmith.service.orderCluster.mockResolvedValueOnce({
      orderRequest: waitingOrder,
    });
    const { body } = await start('new-k8s-cluster', order);
    expect((await outcome(body.id)).status).toBe('completed');
    expect(kubesmith.service.ensureStep).not.toHaveBeenCalled();
    const events = await request(backend.server)
      .get(`/api/scaffolder/v2/tasks/${body.id}/events`)
      .set('Authorization', asUser);
    const completion = events.body.find(
      (event: { type: string }) => event.type === 'completion',
    );
    expect(completion.body.output).toEqual({
      links: [
        {
          title: 'The order waits for an approval',
          icon: 'kind:resource',
          url: `/kubesmith/requests?request=${waitingOrder.id}`,
        },
      ],
      text: [
        {
          title: 'Waiting for an approval',
          content: expect.stringContaining('Nothing is built yet'),
        },
      ],
    });
  });

  it('should pass on what is optional', async () => {
    const optional = {
      owner: 'group:default/team-a',
      kubernetesVersion: '1.36.3',
      reason: 'Exercise 4',
    };
    const { body } = await start('new-k8s-cluster', { ...order, ...optional });
    await outcome(body.id);
    expect(kubesmith.service.orderCluster).toHaveBeenCalledWith(
      expect.objectContaining(optional),
      expect.anything(),
    );
  });

  it('should delete a cluster', async () => {
    for (const step of kubesmith.operation.steps) step.status = 'pending';
    const { body, status } = await start('delete-k8s-cluster', {
      cluster: 'resource:kubesmith/course.demo',
      confirm: true,
    });
    expect(body.errors).toBeUndefined();
    expect(status).toBe(201);
    expect((await outcome(body.id)).status).toBe('completed');
    expect(kubesmith.service.deleteCluster).toHaveBeenCalledWith(
      expect.objectContaining({ clusterId: CLUSTER_ID, taskId: body.id }),
      expect.anything(),
    );
    expect(
      kubesmith.service.ensureStep.mock.calls.map(([{ step }]) => step),
    ).toEqual(['destroy', 'release']);
  });

  it('should give a cluster to somebody else', async () => {
    for (const step of kubesmith.operation.steps) step.status = 'pending';
    const { body, status } = await start('transfer-k8s-cluster', {
      cluster: 'resource:kubesmith/course.demo',
      owner: 'group:default/team-a',
      reason: 'Term over',
    });
    expect(body.errors).toBeUndefined();
    expect(status).toBe(201);
    expect((await outcome(body.id)).status).toBe('completed');
    expect(kubesmith.service.startOperation).toHaveBeenCalledWith(
      {
        clusterId: CLUSTER_ID,
        request: { kind: 'transfer', owner: 'group:default/team-a' },
        reason: 'Term over',
        taskId: body.id,
        requestId: expect.stringContaining(body.id),
      },
      expect.anything(),
    );
    // All steps of the operation, whichever those are.
    expect(
      kubesmith.service.ensureStep.mock.calls.map(([{ step }]) => step),
    ).toEqual(kubesmith.operation.steps.map(({ name }) => name));
  });

  it.each([
    ['hibernate-k8s-cluster', 'hibernate'],
    ['wake-k8s-cluster', 'wake'],
    ['repair-k8s-cluster', 'repair'],
    ['renew-k8s-certificates', 'renew'],
    ['backup-k8s-cluster', 'backup'],
  ])('should begin what %s is about', async (template, kind) => {
    for (const step of kubesmith.operation.steps) step.status = 'pending';
    const { body } = await start(template, {
      cluster: 'resource:kubesmith/course.demo',
      reason: 'Over the holidays',
    });
    expect(body.errors).toBeUndefined();
    expect((await outcome(body.id)).status).toBe('completed');
    expect(kubesmith.service.startOperation).toHaveBeenCalledWith(
      expect.objectContaining({
        clusterId: CLUSTER_ID,
        request: { kind },
        reason: 'Over the holidays',
      }),
      expect.anything(),
    );
  });

  it('should restore the backup that is named, once what is lost is known', async () => {
    for (const step of kubesmith.operation.steps) step.status = 'pending';
    const backup = '0b7d0000-0000-4000-8000-000000000002';
    const { body } = await start('restore-k8s-cluster', {
      cluster: 'resource:kubesmith/course.demo',
      backup,
      confirm: true,
    });
    expect(body.errors).toBeUndefined();
    expect((await outcome(body.id)).status).toBe('completed');
    expect(kubesmith.service.startOperation).toHaveBeenCalledWith(
      expect.objectContaining({ request: { kind: 'restore', backup } }),
      expect.anything(),
    );
  });

  it.each([
    ['scale', { workers: 3 }],
    ['scale', { workers: 2, remove: ['demo-w-1'] }],
    ['resize', { size: 'large' }],
    ['resize', { size: 'large', nodes: ['demo-cp-1'] }],
    ['upgrade', { kubernetesVersion: '1.36.3' }],
  ])('should %s as %j says', async (kind, fields) => {
    for (const step of kubesmith.operation.steps) step.status = 'pending';
    const { body } = await start(`${kind}-k8s-cluster`, {
      cluster: 'resource:kubesmith/course.demo',
      ...fields,
    });
    expect(body.errors).toBeUndefined();
    expect((await outcome(body.id)).status).toBe('completed');
    expect(kubesmith.service.startOperation).toHaveBeenCalledWith(
      expect.objectContaining({ request: { kind, ...fields } }),
      expect.anything(),
    );
  });

  it.each([
    [
      'snapshot-k8s-cluster',
      { label: 'Before the upgrade' },
      { kind: 'snapshot', label: 'Before the upgrade' },
    ],
    [
      'rollback-k8s-cluster',
      { snapshot: CLUSTER_ID, confirm: true },
      { kind: 'rollback', snapshot: CLUSTER_ID },
    ],
  ])(
    'should begin by %s what was filled in',
    async (template, values, wish) => {
      for (const step of kubesmith.operation.steps) step.status = 'pending';
      const { body, status } = await start(template, {
        cluster: 'resource:kubesmith/course.demo',
        ...values,
      });
      expect({ errors: body.errors, status }).toEqual({ status: 201 });
      expect((await outcome(body.id)).status).toBe('completed');
      expect(kubesmith.service.startOperation).toHaveBeenCalledWith(
        expect.objectContaining({ clusterId: CLUSTER_ID, request: wish }),
        expect.anything(),
      );
    },
  );

  it.each([
    [
      'transfer-k8s-cluster',
      { cluster: 'resource:kubesmith/course.demo', owner: 'nobody' },
    ],
    ['transfer-k8s-cluster', { cluster: 'resource:kubesmith/course.demo' }],
    ['hibernate-k8s-cluster', { cluster: 'component:default/x' }],
    ['wake-k8s-cluster', {}],
    ['repair-k8s-cluster', { cluster: 'component:default/x' }],
    ['renew-k8s-certificates', {}],
    ['backup-k8s-cluster', { cluster: 7 }],
    ...[
      { backup: '../x', confirm: true },
      { backup: '0b7d0000-0000-4000-8000-000000000002', confirm: false },
      { confirm: true },
    ].map((values): [string, object] => [
      'restore-k8s-cluster',
      { cluster: 'resource:kubesmith/course.demo', ...values },
    ]),
    ...[
      { workers: 0 },
      { workers: 1.5 },
      {},
      { workers: 1, remove: ['../x'] },
      { workers: 1, remove: 'demo-w-1' },
    ].map((values): [string, object] => [
      'scale-k8s-cluster',
      { cluster: 'resource:kubesmith/course.demo', ...values },
    ]),
    ['resize-k8s-cluster', { cluster: 'resource:kubesmith/course.demo' }],
    [
      'resize-k8s-cluster',
      { cluster: 'resource:kubesmith/course.demo', size: '{{ x }}' },
    ],
    ...[{}, { kubernetesVersion: 'latest' }, { kubernetesVersion: 1.36 }].map(
      (values): [string, object] => [
        'upgrade-k8s-cluster',
        { cluster: 'resource:kubesmith/course.demo', ...values },
      ],
    ),
    ['snapshot-k8s-cluster', { cluster: 'resource:kubesmith/course.demo' }],
    [
      'rollback-k8s-cluster',
      { cluster: 'resource:kubesmith/course.demo', snapshot: CLUSTER_ID },
    ],
    ['new-k8s-cluster', { ...order, name: 'Demo' }],
    ['new-k8s-cluster', { ...order, name: 'demo-' }],
    ['new-k8s-cluster', { ...order, name: 'a'.repeat(41) }],
    ['new-k8s-cluster', { ...order, name: 'a;reboot' }],
    ['new-k8s-cluster', { ...order, name: undefined }],
    ['new-k8s-cluster', { ...order, environment: '../x' }],
    ['new-k8s-cluster', { ...order, workers: 20 }],
    ['new-k8s-cluster', { ...order, workers: -1 }],
    ['new-k8s-cluster', { ...order, workers: 1.5 }],
    ['new-k8s-cluster', { ...order, workers: '2' }],
    ['new-k8s-cluster', { ...order, size: '{{ x }}' }],
    ['new-k8s-cluster', { ...order, kubernetesVersion: 'latest' }],
    ['new-k8s-cluster', { ...order, owner: 'nobody' }],
    ['new-k8s-cluster', { ...order, reason: 'x'.repeat(501) }],
    ['delete-k8s-cluster', { cluster: 'resource:kubesmith/course.demo' }],
    [
      'delete-k8s-cluster',
      { cluster: 'resource:kubesmith/course.demo', confirm: false },
    ],
    ['delete-k8s-cluster', { cluster: 'component:default/x', confirm: true }],
  ])(
    'should refuse %s with %j before a task exists',
    async (template, values) => {
      const { status } = await start(template, values);
      expect(status).toBe(400);
      expect(kubesmith.service.orderCluster).not.toHaveBeenCalled();
      expect(kubesmith.service.deleteCluster).not.toHaveBeenCalled();
      expect(kubesmith.service.startOperation).not.toHaveBeenCalled();
    },
  );

  describe('on hostile texts', () => {
    it.each([
      ['new-k8s-cluster', 'name', CLUSTER_NAME_PATTERN],
      ['new-k8s-cluster', 'environment', /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/],
      ['new-k8s-cluster', 'size', /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/],
      ['new-k8s-cluster', 'kubernetesVersion', /^[0-9]+\.[0-9]+\.[0-9]+$/],
      [
        'new-k8s-cluster',
        'owner',
        /^(user|group):[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/,
      ],
      ['new-k8s-cluster', 'reason', REASON_PATTERN],
      ['delete-k8s-cluster', 'cluster', /^resource:kubesmith\/[a-z0-9.-]+$/],
      ['delete-k8s-cluster', 'reason', REASON_PATTERN],
    ])(
      'should let %s take as %s what the backend could take, and nothing else',
      (template, field, pattern) => {
        const { properties } = readTemplate(template).spec.parameters.find(
          (page: any) => page.properties[field],
        );
        for (const text of hostileTexts) {
          const { valid } = validate(text, properties[field]);
          expect({ text, valid }).toEqual({ text, valid: pattern.test(text) });
        }
      },
    );

    it('should hand a reason to the action as it was typed, template or not', async () => {
      const accepted = hostileStrings.filter(({ text }) =>
        REASON_PATTERN.test(text),
      );
      const kinds = ['scaffolder', 'jinja', 'hcl', 'json'];
      for (const kind of kinds) {
        const texts = accepted.filter(one => one.kind === kind);
        expect(texts.length).toBeGreaterThan(5);
        let reason = '';
        for (const { text } of texts)
          if (reason.length + text.length < MAX_REASON_LENGTH) reason += text;
        const { body } = await start('new-k8s-cluster', { ...order, reason });
        await outcome(body.id);
        expect(kubesmith.service.orderCluster).toHaveBeenLastCalledWith(
          expect.objectContaining({ ...order, reason }),
          expect.anything(),
        );
        kubesmith.operation.steps.forEach(step => {
          step.status = 'pending';
        });
      }
      expect(canaryFiles()).toEqual([]);
    });
  });
});
