import { readFileSync } from 'node:fs';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import type { ApiOperationId } from '@kubesmith/plugin-kubesmith-common';
import { parse } from 'yaml';

type Method = 'get' | 'post' | 'put' | 'delete';

/** What we read in the API document. */
export type ApiDocument = {
  openapi: string;
  info: { title: string; version: string };
  servers: Array<{ url: string }>;
  paths: Record<
    string,
    Partial<
      Record<
        Method,
        {
          operationId: ApiOperationId;
          requestBody?: unknown;
          responses: Record<string, unknown>;
        }
      >
    >
  >;
};

/** One operation of the document. */
export type ApiRoute = {
  operationId: ApiOperationId;
  method: Method;
  /** As Express writes it: `/v1/clusters/:clusterId`. */
  path: string;
  /** Whether it takes a body; that of others is nobody's. */
  hasBody: boolean;
  /** The status of success. */
  status: number;
};

let known: ApiDocument | undefined;

/** The API document of kubesmith-common, read once. */
export function readApiDocument(): ApiDocument {
  known ??= parse(
    readFileSync(
      resolvePackagePath('@kubesmith/plugin-kubesmith-common', 'openapi.yaml'),
      'utf8',
    ),
  ) as ApiDocument;
  return known;
}

/** All operations of the document. */
export function listRoutes(document: ApiDocument): ApiRoute[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    (['get', 'post', 'put', 'delete'] as const).flatMap(method => {
      const operation = item[method];
      return operation
        ? {
            operationId: operation.operationId,
            method,
            path: path.replace(/\{(\w+)\}/g, ':$1'),
            hasBody: operation.requestBody !== undefined,
            status: Number(
              Object.keys(operation.responses).find(status =>
                status.startsWith('2'),
              ),
            ),
          }
        : [];
    }),
  );
}
