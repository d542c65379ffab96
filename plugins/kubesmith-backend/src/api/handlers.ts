import type {
  ApiInput,
  ApiOperationId,
  ApiOutput,
} from '@kubesmith/plugin-kubesmith-common';
import type { Request } from 'express';

/** What a handler answers. The status is the document's, unless it says otherwise. */
export type Answer<Id extends ApiOperationId> = {
  body: ApiOutput<Id>;
  status?: number;
  headers?: Record<string, string>;
};

/**
 * Does one operation of the API.
 *
 * @param input - path, query and body in one object, valid by the document
 */
export type Handler<Id extends ApiOperationId> = (
  input: ApiInput<Id>,
  request: Request,
) => Promise<Answer<Id>>;

/** One handler for each operation of the document. */
export type Handlers = { [Id in ApiOperationId]: Handler<Id> };
