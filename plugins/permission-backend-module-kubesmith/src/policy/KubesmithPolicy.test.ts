import { mockCredentials, mockServices } from '@backstage/backend-test-utils';
import type { Entity } from '@backstage/catalog-model';
import { permissionRules } from '@backstage/plugin-catalog-backend/alpha';
import {
  catalogEntityDeletePermission,
  catalogEntityReadPermission,
  catalogEntityRefreshPermission,
  catalogIngestionManagePermission,
  catalogLocationCreatePermission,
  catalogLocationReadPermission,
} from '@backstage/plugin-catalog-common/alpha';
import {
  AuthorizeResult,
  type Permission,
  type PolicyDecision,
  createPermission,
} from '@backstage/plugin-permission-common';
import {
  type PermissionRule,
  createConditionAuthorizer,
} from '@backstage/plugin-permission-node';
import {
  actionExecutePermission,
  taskCancelPermission,
  taskCreatePermission,
  taskReadPermission,
  templateDryRunPermission,
  templateManagementPermission,
  templateParameterReadPermission,
  templateStepReadPermission,
} from '@backstage/plugin-scaffolder-common/alpha';
import {
  RESOURCE_TYPE_CLUSTER,
  clusterAccessPermission,
  clusterCreatePermission,
  clusterDeletePermission,
  clusterReadPermission,
} from '@kubesmith/plugin-kubesmith-common';
import {
  type ClusterResource,
  clusterRules,
} from '@kubesmith/plugin-kubesmith-node';
import {
  compilePolicies,
  readDefaultPolicies,
} from '../sources/defaultPolicies';
import { KubesmithPolicy } from './KubesmithPolicy';

const people = {
  student: ['user:default/student-1', 'group:default/students'],
  teammate: ['user:default/student-3', 'group:default/team-a'],
  lead: ['user:default/instructor', 'group:default/instructors'],
  administrator: ['user:default/ada', 'group:default/administrators'],
};
type Person = keyof typeof people;

const policies = compilePolicies(readDefaultPolicies(), [
  'group:default/administrators',
]);

function decide(
  person: Person | undefined,
  permission: Permission,
): Promise<PolicyDecision> {
  const claims = person && people[person];
  const userEntityRef = claims?.[0] ?? '';
  const policy = new KubesmithPolicy({
    source: {
      kind: 'database',
      current: async () => ({ policies, version: 0 }),
      health: () => ({ status: 'ok', problems: [] }),
    },
    others: async () => ({ result: AuthorizeResult.ALLOW }),
    userInfo: mockServices.userInfo({
      userEntityRef,
      ownershipEntityRefs: claims,
    }),
  });
  return policy.handle(
    { permission },
    claims && {
      credentials: mockCredentials.user(userEntityRef),
      info: { userEntityRef, ownershipEntityRefs: claims },
    },
  );
}

/** Applies a decision to one resource, as the plugin that has the resource does. */
function applies<T>(
  rules: PermissionRule<T, any, string, any>[],
  decision: PolicyDecision,
  resource: T,
): boolean {
  const byName = new Map(rules.map(rule => [rule.name, rule]));
  return createConditionAuthorizer<T>({
    getRuleByName: name => {
      const rule = byName.get(name);
      if (!rule) throw new Error(`No rule ${name}`);
      return rule;
    },
  })(decision, resource);
}

describe('clusters', () => {
  const cluster = (
    owner: string,
    environment = 'course',
    environmentOwner = 'group:default/instructors',
  ): ClusterResource => ({
    id: 'c1',
    owner,
    environment,
    environmentOwner,
    phase: 'ready',
    shares: [],
  });
  const clusters = {
    own: cluster('user:default/student-1'),
    team: cluster('group:default/team-a'),
    elsewhere: cluster(
      'user:default/student-2',
      'research',
      'group:default/professors',
    ),
  };
  const { read, remove, access } = {
    read: clusterReadPermission,
    remove: clusterDeletePermission,
    access: clusterAccessPermission,
  };

  it.each<
    [
      Person,
      keyof typeof clusters,
      read: boolean,
      remove: boolean,
      access: boolean,
    ]
  >([
    ['student', 'own', true, true, true],
    ['student', 'team', false, false, false],
    ['student', 'elsewhere', false, false, false],
    ['teammate', 'own', false, false, false],
    ['teammate', 'team', true, true, true],
    ['teammate', 'elsewhere', false, false, false],
    ['lead', 'own', true, true, false],
    ['lead', 'team', true, true, false],
    ['lead', 'elsewhere', false, false, false],
    ['administrator', 'own', true, true, true],
    ['administrator', 'team', true, true, true],
    ['administrator', 'elsewhere', true, true, true],
  ])(
    '%s with %s: read %s, delete %s, access %s',
    async (person, which, mayRead, mayDelete, mayAccess) => {
      const may = async (permission: Permission) =>
        applies(
          Object.values(clusterRules),
          await decide(person, permission),
          clusters[which],
        );
      expect({
        read: await may(read),
        remove: await may(remove),
        access: await may(access),
      }).toEqual({ read: mayRead, remove: mayDelete, access: mayAccess });
    },
  );

  it('should refuse a verb that nobody decided about', async () => {
    const permission = createPermission({
      name: 'kubesmith.cluster.repaint',
      attributes: { action: 'update' },
      resourceType: RESOURCE_TYPE_CLUSTER,
    });
    await expect(decide('student', permission)).resolves.toEqual({
      result: AuthorizeResult.DENY,
    });
  });
});

describe('catalog entities', () => {
  const clusterEntity = (owner: string, environment: string): Entity => ({
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'Resource',
    metadata: {
      name: `${environment}.demo`,
      namespace: 'kubesmith',
      annotations: {
        'kubesmith.io/cluster-id': 'c1',
        'kubesmith.io/environment-owner':
          environment === 'course'
            ? 'group:default/instructors'
            : 'group:default/professors',
      },
      labels: { 'kubesmith.io/environment': environment },
    },
    spec: { type: 'kubernetes-cluster', owner },
    relations: [{ type: 'ownedBy', targetRef: owner }],
  });
  const entities = {
    own: clusterEntity('user:default/student-1', 'course'),
    elsewhere: clusterEntity('user:default/student-2', 'research'),
    system: {
      apiVersion: 'backstage.io/v1alpha1',
      kind: 'System',
      metadata: { name: 'course' },
      spec: { owner: 'group:default/instructors' },
    },
  };

  it.each<[Person, keyof typeof entities, boolean]>([
    ['student', 'own', true],
    ['student', 'elsewhere', false],
    ['student', 'system', true],
    ['teammate', 'own', false],
    ['teammate', 'system', true],
    ['lead', 'own', true],
    ['lead', 'elsewhere', false],
    ['administrator', 'own', true],
    ['administrator', 'elsewhere', true],
  ])('%s reads and refreshes %s: %s', async (person, which, expected) => {
    for (const permission of [
      catalogEntityReadPermission,
      catalogEntityRefreshPermission,
    ]) {
      const decision = await decide(person, permission);
      expect(
        applies(Object.values(permissionRules), decision, entities[which]),
      ).toBe(expected);
    }
  });
});

describe('tasks of the scaffolder', () => {
  it.each([taskReadPermission, taskCancelPermission])(
    'should show $name to the creator only',
    async permission => {
      await expect(decide('student', permission)).resolves.toEqual({
        result: AuthorizeResult.CONDITIONAL,
        pluginId: 'scaffolder',
        resourceType: 'scaffolder-task',
        conditions: {
          rule: 'IS_TASK_OWNER',
          resourceType: 'scaffolder-task',
          params: { createdBy: ['user:default/student-1'] },
        },
      });
    },
  );
});

describe('everything else', () => {
  const foreignRead = createPermission({
    name: 'weather.report.read',
    attributes: { action: 'read' },
  });
  const foreignDelete = createPermission({
    name: 'weather.report.delete',
    attributes: { action: 'delete' },
  });
  const undecided = createPermission({
    name: 'kubesmith.pool.update',
    attributes: { action: 'update' },
  });

  it.each<[Permission, allowed: boolean]>([
    [clusterCreatePermission, true],
    [taskCreatePermission, true],
    [actionExecutePermission, true],
    [templateParameterReadPermission, true],
    [templateStepReadPermission, true],
    [catalogLocationReadPermission, true],
    [foreignRead, true],
    [foreignDelete, true],
    [undecided, false],
    [templateManagementPermission, false],
    [templateDryRunPermission, false],
    [catalogEntityDeletePermission, false],
    [catalogLocationCreatePermission, false],
    [catalogIngestionManagePermission, false],
  ])('$name for a student', async (permission, allowed) => {
    await expect(decide('student', permission)).resolves.toEqual({
      result: allowed ? AuthorizeResult.ALLOW : AuthorizeResult.DENY,
    });
    await expect(decide('administrator', permission)).resolves.toEqual({
      result: AuthorizeResult.ALLOW,
    });
  });

  it.each([
    clusterCreatePermission,
    clusterReadPermission,
    catalogEntityReadPermission,
    taskReadPermission,
    foreignRead,
  ])('should refuse $name to who is not signed in', async permission => {
    await expect(decide(undefined, permission)).resolves.toEqual({
      result: AuthorizeResult.DENY,
    });
  });
});
