import {
  type AccessToken,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { AuditTrail } from '../audit/AuditTrail';
import type { KubesmithConfig } from '../config/types';
import { readDatabaseTime } from '../database/databaseTime';
import type { EnvironmentSource } from '../environments/Environments';
import { requestRefused } from '../errors/apiErrors';
import { quoted } from '../errors/quoted';
import type { TokenService } from '../tokens/TokenService';
import type { TokenStore } from '../tokens/TokenStore';
import type { TokenRecord } from '../tokens/records';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';
import { DAY_MS } from '../time';

const DEFAULT_DAYS = 30;

/** What the handlers work with. */
export type TokenHandlerDeps = {
  audit: AuditTrail;
  config: Pick<KubesmithConfig, 'tokens'>;
  environments: EnvironmentSource;
  knex: Knex;
  requester: Requester;
  tokens: TokenService;
  tokenStore: TokenStore;
};

/** Access tokens: everybody's own, and only in person. */
export function createTokenHandlers(
  deps: TokenHandlerDeps,
): Pick<Handlers, 'listTokens' | 'createToken' | 'revokeToken'> {
  const { audit, environments, knex, requester, tokens, tokenStore } = deps;
  const { maxDays } = deps.config.tokens;
  const defaultDays = Math.min(DEFAULT_DAYS, maxDays);

  return {
    async listTokens(_input, request) {
      const userRef = await requester.inPerson(request);
      const now = await readDatabaseTime(knex);
      const items = await tokenStore.list(userRef);
      return {
        body: {
          items: items.map(token => present(token, now)),
          defaultDays,
          maxDays,
        },
      };
    },

    async createToken(
      { name, scope, environment, days = defaultDays },
      request,
    ) {
      const body = await audit.audited(
        request,
        {
          noun: 'token',
          verb: 'create',
          severityLevel: 'high',
          meta: { name, scope, days, ...(environment && { environment }) },
        },
        async () => {
          const userRef = await requester.inPerson(request);
          if (days > maxDays) {
            throw requestRefused([
              fieldProblem('days', 'KUBESMITH-TOKEN-TOO-LONG', {
                max: maxDays,
              }),
            ]);
          }
          if (environment && !(await environments.find(environment))) {
            throw requestRefused([
              fieldProblem('environment', 'KUBESMITH-TOKEN-ENVIRONMENT', {
                environment: quoted(environment),
              }),
            ]);
          }
          const { token, secret } = await tokens.create({
            userRef,
            name: name.trim(),
            scope,
            environment,
            lifetimeMs: days * DAY_MS,
          });
          return {
            result: { token: present(token, token.createdAt), secret },
            meta: { tokenId: token.id },
          };
        },
      );
      return { body, headers: { 'Cache-Control': 'no-store' } };
    },

    async revokeToken({ tokenId }, request) {
      const body = await audit.audited(
        request,
        {
          noun: 'token',
          verb: 'revoke',
          severityLevel: 'medium',
          meta: { tokenId },
        },
        async () => {
          const userRef = await requester.inPerson(request);
          const token = await tokens.revoke(tokenId, userRef);
          return {
            result: present(token, await readDatabaseTime(knex)),
            meta: { name: token.name },
          };
        },
      );
      return { body };
    },
  };
}

function present(token: TokenRecord, now: number): AccessToken {
  const time = (ms: number | undefined) =>
    ms === undefined ? undefined : new Date(ms).toISOString();
  return {
    id: token.id,
    name: token.name,
    scope: token.scope,
    environment: token.environment,
    createdAt: new Date(token.createdAt).toISOString(),
    expiresAt: new Date(token.expiresAt).toISOString(),
    lastUsedAt: time(token.lastUsedAt),
    revokedAt: time(token.revokedAt),
    active: token.revokedAt === undefined && token.expiresAt > now,
  };
}
