import type {
  AuditorService,
  HttpAuthService,
  UserInfoService,
} from '@backstage/backend-plugin-api';
import { NotAllowedError } from '@backstage/errors';
import {
  MAX_POLICY_LENGTH,
  POLICY_VERBS,
  type HandedInPolicies,
  type PolicyAnswers,
  type PolicyVerb,
} from '@kubesmith/plugin-kubesmith-common';
import express, { type Request, type Router as ExpressRouter } from 'express';
import Router from 'express-promise-router';
import { z } from 'zod';
import { PolicyNotFoundError } from '../errors';
import type { PolicySource } from '../sources/PolicySource';
import type { PolicyService } from './PolicyService';
import { readAs } from './readAs';
import { userRefSchema } from './userRefSchema';

const policies = z.union(
  [
    z.strictObject({ yaml: z.string() }),
    z.strictObject({ document: z.unknown() }),
  ],
  { error: 'send {"yaml": "…"} or {"document": {…}}' },
);

const change = z.object({
  expectedVersion: z.int().min(0),
  reason: z
    .string({ error: 'say why' })
    .trim()
    .min(1, { error: 'say why' })
    .max(500),
});

const rollBack = change.extend({ toVersion: z.int().min(0) });

const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  offset: z.coerce.number().int().min(0).default(0),
});

const question = z.object({
  user: userRefSchema.optional(),
  cluster: z.uuid({ error: 'write the id of a cluster' }).optional(),
  verb: z.enum(POLICY_VERBS).optional(),
});

/**
 * `/api/permission/kubesmith/policies`: looking at the policies, trying out, saving, rolling back, and asking why somebody
 * may do something. For who may `manage-policy`; everybody may ask about themselves.
 */
export function createPolicyRouter(options: {
  auditor: AuditorService;
  httpAuth: HttpAuthService;
  service: PolicyService;
  source: PolicySource;
  userInfo: UserInfoService;
}): ExpressRouter {
  const { auditor, httpAuth, service, source, userInfo } = options;
  const router = Router();

  async function caller(request: Request) {
    const credentials = await httpAuth.credentials(request, {
      allow: ['user'],
    });
    const info = await userInfo.getUserInfo(credentials);
    const subject = {
      userRef: info.userEntityRef,
      claims: info.ownershipEntityRefs,
    };
    const current = await source.current();
    return {
      userRef: subject.userRef,
      managesPolicies: current.policies.of(subject).decide('manage-policy')
        .allowed,
    };
  }

  async function manager(request: Request): Promise<string> {
    const { userRef, managesPolicies } = await caller(request);
    if (!managesPolicies) {
      throw new NotAllowedError(
        'You may not look at or change the policies. Ask an administrator.',
      );
    }
    return userRef;
  }

  /** Without the rules, which are for those who manage them; and a cluster that one may not see is not there. */
  async function aboutOneself(
    userRef: string,
    clusterId: string | undefined,
    verb: PolicyVerb | undefined,
  ): Promise<PolicyAnswers> {
    const none = () =>
      new PolicyNotFoundError(
        `There is no cluster '${clusterId}' that you may see.`,
      );
    const answers = await service
      .explain({ userRef, clusterId })
      .catch(error => {
        throw clusterId && error.name === 'NotFoundError' ? none() : error;
      });
    const { items, roles } = answers;
    if (clusterId && !items.find(item => item.verb === 'read')?.allowed) {
      throw none();
    }
    return {
      items: items
        .filter(item => !verb || item.verb === verb)
        .map(({ ruleText: _, ...item }) => item),
      roles: roles.map(({ rules: _, ...role }) => role),
    };
  }

  async function audited(
    request: Request,
    meta: { actionType: string; reason: string; toVersion?: number },
    action: () => Promise<number>,
  ): Promise<{ version: number }> {
    const entry = await auditor.createEvent({
      eventId: 'policy-mutate',
      severityLevel: 'high',
      request,
      meta,
    });
    try {
      const version = await action();
      await entry.success({ meta: { version } });
      return { version };
    } catch (error) {
      await entry.fail({
        error: error instanceof Error ? error : new Error(String(error)),
      });
      throw error;
    }
  }

  // Larger than any policy, so that it is the policy's check that refuses and says why.
  const json = express.json({ limit: MAX_POLICY_LENGTH * 16 });

  router.get('/policies', async (request, response) => {
    await manager(request);
    response.json(await service.current());
  });

  router.get('/policies/export', async (request, response) => {
    await manager(request);
    const { yaml, version } = await service.current();
    response
      .type('application/yaml')
      .attachment(`kubesmith-policies-${version}.yaml`)
      .send(yaml);
  });

  router.get('/policies/versions', async (request, response) => {
    await manager(request);
    response.json({
      items: await service.versions(readAs(page, request.query)),
    });
  });

  router.get('/policies/versions/:version', async (request, response) => {
    await manager(request);
    const version = readAs(
      z.coerce.number().int().min(0),
      request.params.version,
    );
    response.json(await service.version(version));
  });

  router.post('/policies/validate', json, async (request, response) => {
    await manager(request);
    response.json({
      problems: await service.validate(
        readAs(policies, request.body) as HandedInPolicies,
      ),
    });
  });

  router.post('/policies/preview', json, async (request, response) => {
    await manager(request);
    response.json(
      await service.preview(readAs(policies, request.body) as HandedInPolicies),
    );
  });

  router.put('/policies', json, async (request, response) => {
    const author = await manager(request);
    const { expectedVersion, reason, ...handedIn } = request.body ?? {};
    const why = readAs(change, { expectedVersion, reason });
    response.json(
      await audited(request, { actionType: 'save', reason: why.reason }, () =>
        service.save(readAs(policies, handedIn) as HandedInPolicies, {
          author,
          ...why,
        }),
      ),
    );
  });

  router.post('/policies/rollback', json, async (request, response) => {
    const author = await manager(request);
    const { toVersion, ...why } = readAs(rollBack, request.body);
    response.json(
      await audited(
        request,
        { actionType: 'roll-back', reason: why.reason, toVersion },
        () => service.rollBack(toVersion, { author, ...why }),
      ),
    );
  });

  router.get('/policies/explain', async (request, response) => {
    const { userRef, managesPolicies } = await caller(request);
    const { user = userRef, cluster, verb } = readAs(question, request.query);
    if (user !== userRef && !managesPolicies) {
      throw new NotAllowedError('You may ask about yourself only.');
    }
    if (managesPolicies) {
      const verbs = verb && [verb];
      response.json(
        await service.explain({ userRef: user, clusterId: cluster, verbs }),
      );
      return;
    }
    response.json(await aboutOneself(user, cluster, verb));
  });

  return router;
}
