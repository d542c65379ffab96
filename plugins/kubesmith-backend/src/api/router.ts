import express, { type Router as ExpressRouter } from 'express';
import Router from 'express-promise-router';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type { KubesmithMetrics } from '../metrics/KubesmithMetrics';
import { requireTokenFor } from '../tokens/tokenOperations';
import type { Requester } from './Requester';
import { listRoutes, readApiDocument } from './document';
import { explainDatabaseErrors } from './explainDatabaseErrors';
import type { Handler, Handlers } from './handlers';
import { explainRequestErrors, requestValidation } from './requestValidation';

/** What everybody may ask, such as a load balancer. */
const UNGUARDED = /^\/v1\/health\/?$/i;

/** Routes each operation of the API document to its handler. */
export function createRouter(options: {
  /** Where the plugin is mounted. */
  basePath: string;
  handlers: Handlers;
  logger: LoggerService;
  metrics: Pick<KubesmithMetrics, 'requestRefused'>;
  requester: Pick<Requester, 'authenticate' | 'tokenOf'>;
  /** Hears of every error of a handler before it is answered. */
  onError: (request: express.Request, error: unknown) => Promise<void>;
}): ExpressRouter {
  const { basePath, handlers, logger, metrics, onError, requester } = options;
  const router = Router();

  // Backstage's own guard lets everything through here, because it would refuse access tokens.
  router.use(async (request, _response, next) => {
    if (!UNGUARDED.test(request.path)) await requester.authenticate(request);
    next();
  });
  // Express would answer HEAD as it does GET, past the document, which knows no HEAD.
  router.head(/.*/, (request, response, next) => {
    if (UNGUARDED.test(request.path)) next();
    else response.set('Allow', 'GET, POST, PUT, DELETE').sendStatus(405);
  });
  router.use(express.json({ limit: '100kb' }));
  router.use(requestValidation(basePath));
  router.use(explainRequestErrors);

  for (const route of listRoutes(readApiDocument())) {
    const handler = handlers[route.operationId] as Handler<never>;
    router[route.method](route.path, async (request, response) => {
      requireTokenFor(route.operationId, requester.tokenOf(request));
      const answer = await handler(
        {
          ...request.query,
          // The document says nothing of other bodies, so nobody has looked at them.
          ...(route.hasBody ? request.body : {}),
          ...request.params,
        } as never,
        request,
      );
      response.status(answer.status ?? route.status).set(answer.headers ?? {});
      if (typeof answer.body === 'string') response.send(answer.body);
      else response.json(answer.body);
    });
  }

  router.use(explainDatabaseErrors(logger));
  const noteRefusals: express.ErrorRequestHandler = (
    error,
    request,
    _response,
    next,
  ) => {
    if (
      typeof error?.code === 'string' &&
      error.code.startsWith('KUBESMITH-')
    ) {
      metrics.requestRefused({ code: error.code });
    }
    onError(request, error)
      .catch(problem => logger.error('A refusal could not be noted', problem))
      .then(() => next(error));
  };
  router.use(noteRefusals);
  return router;
}
