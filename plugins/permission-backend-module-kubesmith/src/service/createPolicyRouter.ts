import type {
  HttpAuthService,
  UserInfoService,
} from '@backstage/backend-plugin-api';
import { NotAllowedError } from '@backstage/errors';
import {
  MAX_POLICY_LENGTH,
  POLICY_VERBS,
  type HandedInPolicies,
  type PolicyAnswers,
  type PolicyExplanation,
  type PolicyVerb,
} from '@kubesmith/plugin-kubesmith-common';
import express, {
  type Request,
  type RequestHandler,
  type Router as ExpressRouter,
} from 'express';
import Router from 'express-promise-router';
import { z } from 'zod';
import type { PolicyTrail } from '../audit/PolicyTrail';
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
  httpAuth: HttpAuthService;
  service: PolicyService;
  source: PolicySource;
  trail: PolicyTrail;
  userInfo: UserInfoService;
}): ExpressRouter {
  const { httpAuth, service, source, trail, userInfo } = options;
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

  function requireManager({ managesPolicies }: { managesPolicies: boolean }) {
    if (!managesPolicies) {
      throw new NotAllowedError(
        'You may not look at or change the policies. Ask an administrator.',
      );
    }
  }

  async function manager(request: Request): Promise<void> {
    const who = await caller(request);
    if (!who.managesPolicies) await trail.refusedLook(request, who.userRef);
    requireManager(who);
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
    const { items, environments, roles } = answers;
    const withoutRule = ({ ruleText: _, ...item }: PolicyExplanation) => item;
    if (clusterId && !items.find(item => item.verb === 'read')?.allowed) {
      throw none();
    }
    return {
      items: items.filter(item => !verb || item.verb === verb).map(withoutRule),
      environments: environments
        .filter(each => each.items.some(({ allowed }) => allowed))
        .map(each => ({ ...each, items: each.items.map(withoutRule) })),
      roles: roles.map(({ rules: _, ...role }) => role),
    };
  }

  // Larger than any policy, so that it is the policy's check that refuses and says why.
  const policy = express.json({ limit: MAX_POLICY_LENGTH * 16 });
  // Enough for the reason of a refused change, for the record. What is larger is not read.
  const little = express.json();
  const json: RequestHandler = async (request, response, next) => {
    if ((await caller(request)).managesPolicies) {
      policy(request, response, next);
      return;
    }
    little(request, response, (error?: { type?: string }) =>
      next(error?.type === 'entity.too.large' ? undefined : error),
    );
  };

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
    const who = await caller(request);
    const { expectedVersion, reason, ...handedIn } = request.body ?? {};
    response.json(
      await trail.audited(
        request,
        who.userRef,
        { actionType: 'save', reason: shown(reason) },
        async () => {
          requireManager(who);
          const why = readAs(change, { expectedVersion, reason });
          return service.save(readAs(policies, handedIn) as HandedInPolicies, {
            author: who.userRef,
            ...why,
          });
        },
      ),
    );
  });

  router.post('/policies/rollback', json, async (request, response) => {
    const who = await caller(request);
    const { toVersion, reason } = request.body ?? {};
    response.json(
      await trail.audited(
        request,
        who.userRef,
        {
          actionType: 'roll-back',
          reason: shown(reason),
          ...(Number.isInteger(toVersion) && { toVersion }),
        },
        async () => {
          requireManager(who);
          const { toVersion: version, ...why } = readAs(rollBack, request.body);
          return service.rollBack(version, { author: who.userRef, ...why });
        },
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

/** A reason for the record, whether it will do or not. */
function shown(reason: unknown): string | undefined {
  return typeof reason === 'string' ? reason.slice(0, 500) : undefined;
}
