import type { HttpAuthService } from '@backstage/backend-plugin-api';
import { InputError, NotAllowedError } from '@backstage/errors';
import {
  POLICY_VERBS,
  kubesmithPermissions,
} from '@kubesmith/plugin-kubesmith-common';
import express, { type Request, type Router as ExpressRouter } from 'express';
import Router from 'express-promise-router';
import { z } from 'zod';
import { decideAsPerson, explainAsPerson } from '../decisions/decideAsPerson';
import { readAs } from './readAs';
import { userRefSchema } from './userRefSchema';

/** The only one that may ask what others may do: it has to know long after they asked for something. */
const ASKER = 'plugin:kubesmith';

const question = z.strictObject({
  userRef: userRefSchema,
  permissions: z.array(z.string()).min(1).max(100),
});

const refs = z.array(z.string());

const why = z.strictObject({
  userRef: userRefSchema,
  verb: z.enum(POLICY_VERBS),
  facts: z.object({
    owner: z.string(),
    environment: z.string(),
    environmentOwner: z.string(),
    environmentMembers: refs.optional(),
    size: z.string().optional(),
    kubernetesVersion: z.string().optional(),
    template: z.string().optional(),
    sharedWith: refs.optional(),
    sharedAsEditor: refs.optional(),
    sharedAsAdministrator: refs.optional(),
  }),
});

const permissionsByName = new Map(
  kubesmithPermissions.map(permission => [permission.name, permission]),
);

/**
 * `POST /decisions`: decisions for a person who is not there, `POST /explanations`: the rule behind one, both for the
 * Kubesmith backend alone. `GET /engine` says that the
 * portal decides by Kubesmith's policies; everybody may know that.
 */
export function createDecisionsRouter(
  options: Parameters<typeof decideAsPerson>[0] & { httpAuth: HttpAuthService },
): ExpressRouter {
  const router = Router();

  router.get('/engine', async (_request, response) => {
    response.json({ engine: 'kubesmith' });
  });

  const fromKubesmith = async (request: Request) => {
    const { principal } = await options.httpAuth.credentials(request, {
      allow: ['service'],
    });
    if (principal.subject !== ASKER) {
      throw new NotAllowedError('Only the Kubesmith backend may ask this.');
    }
  };

  router.post('/explanations', express.json(), async (request, response) => {
    await fromKubesmith(request);
    const { userRef, verb, facts } = readAs(why, request.body);
    response.json(await explainAsPerson(options, userRef, verb, facts));
  });

  router.post('/decisions', express.json(), async (request, response) => {
    await fromKubesmith(request);
    const { userRef, permissions } = readAs(question, request.body);
    response.json(
      await decideAsPerson(
        options,
        userRef,
        permissions.map(name => {
          const permission = permissionsByName.get(name);
          if (!permission) {
            throw new InputError(
              `permissions: Kubesmith has no permission '${name}'`,
            );
          }
          return permission;
        }),
      ),
    );
  });

  return router;
}
