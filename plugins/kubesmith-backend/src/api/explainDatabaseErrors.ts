import type { KubesmithErrorCode } from '@kubesmith/plugin-kubesmith-common';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type { ErrorRequestHandler } from 'express';
import {
  type DatabaseProblem,
  databaseProblem,
  isDatabaseError,
} from '../database/databaseProblem';
import { unavailable } from '../errors/apiErrors';

const CODES: Record<DatabaseProblem, KubesmithErrorCode> = {
  away: 'KUBESMITH-DATABASE-AWAY',
  busy: 'KUBESMITH-DATABASE-BUSY',
  full: 'KUBESMITH-DATABASE-FULL',
  'read-only': 'KUBESMITH-DATABASE-UNUSABLE',
  damaged: 'KUBESMITH-DATABASE-UNUSABLE',
};

/**
 * Turns errors of the database into 503s that say what to do, and keeps statements with their values out of all answers. The
 * error itself goes to the log.
 */
export function explainDatabaseErrors(
  logger: LoggerService,
): ErrorRequestHandler {
  return (error, request, _response, next) => {
    if (!isDatabaseError(error)) {
      next(error);
      return;
    }
    const problem = databaseProblem(error);
    logger.error(
      `The database failed in ${request.method} ${request.path}`,
      error,
    );
    next(
      problem
        ? unavailable(CODES[problem], {})
        : new Error('The database refused a statement; the log says which'),
    );
  };
}
