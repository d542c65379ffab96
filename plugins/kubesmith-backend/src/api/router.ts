import express, { type Router as ExpressRouter } from 'express';
import Router from 'express-promise-router';
import type { KubesmithMetrics } from '../metrics/KubesmithMetrics';
import { listRoutes, readApiDocument } from './document';
import type { Handler, Handlers } from './handlers';
import { explainRequestErrors, requestValidation } from './requestValidation';

/** Routes each operation of the API document to its handler. */
export function createRouter(options: {
  /** Where the plugin is mounted. */
  basePath: string;
  handlers: Handlers;
  metrics: Pick<KubesmithMetrics, 'requestRefused'>;
}): ExpressRouter {
  const { basePath, handlers, metrics } = options;
  const document = readApiDocument();
  const router = Router();

  router.use(express.json({ limit: '100kb' }));
  router.use(requestValidation(document, basePath));
  router.use(explainRequestErrors);

  for (const route of listRoutes(document)) {
    const handler = handlers[route.operationId] as Handler<never>;
    router[route.method](route.path, async (request, response) => {
      const answer = await handler(
        { ...request.query, ...request.body, ...request.params } as never,
        request,
      );
      response
        .status(answer.status ?? route.status)
        .set(answer.headers ?? {})
        .json(answer.body);
    });
  }

  const countRefusals: express.ErrorRequestHandler = (error, _, __, next) => {
    if (
      typeof error?.code === 'string' &&
      error.code.startsWith('KUBESMITH-')
    ) {
      metrics.requestRefused({ code: error.code });
    }
    next(error);
  };
  router.use(countRefusals);
  return router;
}
