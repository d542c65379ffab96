import type { HttpAuthService } from '@backstage/backend-plugin-api';
import { InputError, NotAllowedError } from '@backstage/errors';
import { kubesmithPermissions } from '@kubesmith/plugin-kubesmith-common';
import express, { type Router as ExpressRouter } from 'express';
import Router from 'express-promise-router';
import { z } from 'zod';
import { decideAsPerson } from '../decisions/decideAsPerson';
import { readAs } from './readAs';
import { userRefSchema } from './userRefSchema';

/** The only one that may ask what others may do: it has to know long after they asked for something. */
const ASKER = 'plugin:kubesmith';

const question = z.strictObject({
  userRef: userRefSchema,
  permissions: z.array(z.string()).min(1).max(100),
});

const permissionsByName = new Map(
  kubesmithPermissions.map(permission => [permission.name, permission]),
);

/**
 * `POST /decisions`: decisions for a person who is not there, for the Kubesmith backend alone. `GET /engine` says that the
 * portal decides by Kubesmith's policies; everybody may know that.
 */
export function createDecisionsRouter(
  options: Parameters<typeof decideAsPerson>[0] & { httpAuth: HttpAuthService },
): ExpressRouter {
  const router = Router();

  router.get('/engine', async (_request, response) => {
    response.json({ engine: 'kubesmith' });
  });

  router.post('/decisions', express.json(), async (request, response) => {
    const { principal } = await options.httpAuth.credentials(request, {
      allow: ['service'],
    });
    if (principal.subject !== ASKER) {
      throw new NotAllowedError('Only the Kubesmith backend may ask this.');
    }
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
