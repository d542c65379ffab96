import { z } from 'zod';
import { ENVIRONMENT_NAME_PATTERN } from '../names';
import {
  ALL_CLUSTER_VERBS,
  POLICY_VERBS,
  isClusterVerb,
  isPortalVerb,
} from './verbs';

/** Who is signed in, whoever it is. @public */
export const EVERYONE = '$everyone';

/** The people and groups in `kubesmith.administrators` of the portal's configuration. @public */
export const ADMINISTRATORS = '$administrators';

/** Environments whose owner is the person, or a group of theirs. @public */
export const RUN_BY_THEM = '$run-by-them';

/** Environments that have the person, or a group of theirs, among their members. For orders only. @public */
export const OPEN_TO_THEM = '$open-to-them';

/** The longest policy, in characters of YAML. @public */
export const MAX_POLICY_LENGTH = 256 * 1024;

const NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const REF = /^(user|group):[\w.-]+\/[\w.-]+$/i;

const line = z
  .string({ error: 'write a text' })
  .min(1, { error: 'write something' })
  .max(200, { error: 'write at most 200 characters' });

const lowerCase = (value: string) => value.toLocaleLowerCase('en-US');

const member = z
  .string({ error: 'write a reference such as group:default/students' })
  .refine(
    value => value === EVERYONE || value === ADMINISTRATORS || REF.test(value),
    {
      error: issue =>
        `'${issue.input}' is no member: write user:NAMESPACE/NAME or group:NAMESPACE/NAME, ${EVERYONE} or ${ADMINISTRATORS}`,
    },
  )
  .overwrite(value => (value.startsWith('$') ? value : lowerCase(value)));

const groupRef = z
  .string({ error: 'write a reference such as group:default/students' })
  .refine(value => REF.test(value) && /^group:/i.test(value), {
    error: issue => `'${issue.input}' is no group: write group:NAMESPACE/NAME`,
  })
  .overwrite(lowerCase);

const environmentName = z
  .string({ error: 'write the name of an environment' })
  .regex(ENVIRONMENT_NAME_PATTERN, {
    error: issue =>
      `'${issue.input}' cannot be the name of an environment: use at most 40 lower-case letters, digits and hyphens`,
  });

const where = z.union(
  [
    z.literal('all'),
    z
      .strictObject({
        environments: z
          .union([
            z.literal(RUN_BY_THEM),
            z.literal(OPEN_TO_THEM),
            z.array(environmentName).min(1),
          ])
          .optional(),
        ownerGroups: z.array(groupRef).min(1).optional(),
      })
      .refine(({ environments, ownerGroups }) => environments || ownerGroups, {
        error: 'name environments, or ownerGroups, or write where: all',
      }),
  ],
  {
    error: `write all, or environments: a list of names, ${RUN_BY_THEM} or ${OPEN_TO_THEM}; or ownerGroups: a list of groups`,
  },
);

const word = (what: string) =>
  z.string({ error: `write ${what}` }).min(1, { error: `write ${what}` });

/** Zod's schema of one rule. */
const rule = z
  .strictObject({
    effect: z
      .enum(['allow', 'deny'], { error: 'write allow or deny' })
      .default('allow'),
    verbs: z
      .array(
        z.enum([ALL_CLUSTER_VERBS, ...POLICY_VERBS], {
          error: issue =>
            `'${issue.input}' is no verb: use ${[
              ALL_CLUSTER_VERBS,
              ...POLICY_VERBS,
            ].join(', ')}`,
        }),
        { error: 'write a list of verbs, such as [create, read]' },
      )
      .min(1, { error: 'name at least one verb' }),
    where: where.optional(),
    whose: z
      .enum(['own', 'groups', 'shared', 'anyone'], {
        error:
          'write own (the person’s), groups (theirs and their groups’), shared (with them or their groups) or anyone',
      })
      .optional(),
    /** For orders only. */
    sizes: z.array(word('the name of a size')).min(1).optional(),
    versions: z
      .array(word('a Kubernetes version in quotes, such as "1.36.3"'))
      .min(1)
      .optional(),
    templates: z.array(word('the name of a template')).min(1).optional(),
  })
  .superRefine((value, context) => {
    const refuse = (path: string[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const verbs: string[] = value.verbs;
    const aboutClusters = verbs.some(
      verb => verb === ALL_CLUSTER_VERBS || isClusterVerb(verb),
    );
    if (aboutClusters && verbs.some(isPortalVerb)) {
      refuse(
        ['verbs'],
        `${verbs
          .filter(isPortalVerb)
          .join(
            ' and ',
          )} hold for the whole portal: give them a rule of their own, without where and whose`,
      );
    } else if (verbs.some(isPortalVerb)) {
      for (const key of ['where', 'whose'] as const) {
        if (value[key] !== undefined) {
          refuse(
            [key],
            `${verbs.join(
              ' and ',
            )} hold for the whole portal: leave ${key} out`,
          );
        }
      }
    } else {
      if (value.where === undefined) {
        refuse([], 'where is missing: write all, environments or ownerGroups');
      }
      if (aboutClusters && value.whose === undefined) {
        refuse([], 'whose is missing: write own, groups, shared or anyone');
      }
    }
    if (
      typeof value.where === 'object' &&
      value.where.ownerGroups &&
      !verbs.every(verb => verb === ALL_CLUSTER_VERBS || isClusterVerb(verb))
    ) {
      refuse(
        ['where', 'ownerGroups'],
        'ownerGroups tells clusters apart: put verbs on environments in a rule of their own',
      );
    }
    if (value.whose === 'shared' && verbs.includes('create')) {
      refuse(
        ['whose'],
        'an order is shared with nobody: put create in a rule of its own, with own, groups or anyone',
      );
    }
    const onlyCreate = verbs.length === 1 && verbs[0] === 'create';
    for (const key of ['sizes', 'versions', 'templates'] as const) {
      if (value[key] && !onlyCreate) {
        refuse(
          [key],
          `${key} limit orders: put them in a rule whose only verb is create`,
        );
      }
    }
    if (
      typeof value.where === 'object' &&
      value.where.environments === OPEN_TO_THEM &&
      !onlyCreate
    ) {
      refuse(
        ['where', 'environments'],
        `${OPEN_TO_THEM} is about orders: put it in a rule whose only verb is create, or name the environments`,
      );
    }
  });

const role = z.strictObject({
  name: z.string({ error: 'write a name' }).regex(NAME, {
    error: issue =>
      `'${issue.input}' cannot be the name of a role: use lower-case letters, digits and hyphens`,
  }),
  title: line.optional(),
  description: z.string().max(2000).optional(),
  members: z.array(member, { error: 'write a list of members' }).default([]),
  rules: z.array(rule, { error: 'write a list of rules' }).default([]),
});

/** Zod's schema of a policy document. @public */
export const policyDocumentSchema = z
  .strictObject({
    apiVersion: z.literal('kubesmith.io/v1', {
      error: 'write kubesmith.io/v1',
    }),
    kind: z.literal('Policies', { error: 'write Policies' }),
    /** Other files, relative to this one. Files only. */
    include: z.array(word('the path of a file')).optional(),
    roles: z
      .array(role, { error: 'write a list of roles' })
      .max(500, { error: 'write at most 500 roles' })
      .default([]),
  })
  .superRefine(({ roles }, context) => {
    const seen = new Set<string>();
    roles.forEach(({ name }, index) => {
      if (seen.has(name)) {
        context.addIssue({
          code: 'custom',
          path: ['roles', index, 'name'],
          message: `there already is a role '${name}'`,
        });
      }
      seen.add(name);
    });
  });

/** Who may do what: the roles of a portal. @public */
export type PolicyDocument = z.output<typeof policyDocumentSchema>;

/** Some people and what they may do. @public */
export type PolicyRole = PolicyDocument['roles'][number];

/** One thing that a role allows, or denies. @public */
export type PolicyRule = PolicyRole['rules'][number];

/** The published JSON schema of a policy document, for editors. @public */
export function policyJsonSchema(): object {
  return {
    ...z.toJSONSchema(policyDocumentSchema, { io: 'input' }),
    title: 'Kubesmith policies',
  };
}
