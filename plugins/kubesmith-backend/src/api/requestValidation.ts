import { InputError } from '@backstage/errors';
import {
  type FieldProblem,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { middleware as openApiMiddleware } from 'express-openapi-validator';
import { requestRefused } from '../errors/apiErrors';
import { quoted } from '../errors/quoted';
import { readApiDocument } from './document';

type ValidationProblem = {
  path: string;
  message: string;
  errorCode?: string;
};

/** By mount point. Compiling the document takes a good third of a second, and the tests start many backends in one process. */
const compiled = new Map<string, RequestHandler[]>();

/**
 * Refuses requests that the API document does not describe, and fills in its defaults. Goes before the routes; errors are
 * put into words by {@link explainRequestErrors}.
 *
 * @param basePath - where the plugin is mounted, such as `/api/kubesmith`
 */
export function requestValidation(basePath: string): RequestHandler[] {
  const known = compiled.get(basePath);
  if (known) return known;
  const handlers = openApiMiddleware({
    apiSpec: { ...readApiDocument(), servers: [{ url: basePath }] } as never,
    ignoreUndocumented: true,
    validateRequests: {
      // The bodies are small and every text in the document has a greatest length, so collecting all mistakes is cheap.
      allErrors: true,
      allowUnknownQueryParameters: false,
      coerceTypes: false,
    },
    validateResponses: false,
    validateSecurity: false,
  }) as RequestHandler[];
  compiled.set(basePath, handlers);
  return handlers;
}

/** Puts errors of the body parser and of {@link requestValidation} into words. Goes right after them. */
export const explainRequestErrors: ErrorRequestHandler = (
  error,
  _request,
  _response,
  next,
) => {
  if (Array.isArray(error?.errors) && error.status < 500) {
    next(requestRefused((error.errors as ValidationProblem[]).map(toProblem)));
  } else if (error?.type?.startsWith?.('entity.')) {
    next(new InputError('The body of the request is not valid JSON'));
  } else {
    next(error);
  }
};

function toProblem({
  path,
  message,
  errorCode,
}: ValidationProblem): FieldProblem {
  // An unknown field bears whatever name the caller chose.
  const field = quoted(
    path.replace(/^\/(body|query|params|headers)\/?/, '').replace(/\//g, '.') ||
      'body',
  );
  const rule = errorCode?.split('.')[0];
  if (rule === 'required') {
    return fieldProblem(field, 'KUBESMITH-FIELD-MISSING', { field });
  }
  if (
    rule === 'additionalProperties' ||
    rule === 'unevaluatedProperties' ||
    message.startsWith('Unknown query parameter')
  ) {
    return fieldProblem(field, 'KUBESMITH-FIELD-UNKNOWN', { field });
  }
  return fieldProblem(field, 'KUBESMITH-FIELD-INVALID', {
    field,
    detail: message,
  });
}
