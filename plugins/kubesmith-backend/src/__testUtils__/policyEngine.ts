import {
  coreServices,
  createBackendPlugin,
} from '@backstage/backend-plugin-api';
import type { DecisionExplanation } from '@kubesmith/plugin-kubesmith-node';
import express from 'express';
import Router from 'express-promise-router';
import { decideFor, knows } from './people';

/** What {@link policyEngine} does at this moment; tests change it. */
export type PolicyEngineState = {
  /** `other`: an engine without our routes; `away`: the routes of the whole plugin answer 503. */
  mode: 'kubesmith' | 'other' | 'away';
  /** Whom the catalog does not know any more. */
  gone: Set<string>;
  /** The rule behind every decision; without it, the engine explains nothing. */
  explanation?: DecisionExplanation;
  /** What was asked to be explained. */
  explained: unknown[];
};

/**
 * Imitates the permission plugin with Kubesmith's policy module, as far as the Kubesmith backend asks it for people who are
 * not there: the decisions are those of people.ts. Leaves out the policies and everything else that the plugin does.
 */
export function policyEngine() {
  const state: PolicyEngineState = {
    mode: 'kubesmith',
    gone: new Set(),
    explained: [],
  };
  const feature = createBackendPlugin({
    pluginId: 'permission',
    register(env) {
      env.registerInit({
        deps: {
          httpAuth: coreServices.httpAuth,
          httpRouter: coreServices.httpRouter,
        },
        async init({ httpAuth, httpRouter }) {
          const router = Router();
          router.use((_request, response, next) => {
            if (state.mode === 'away') response.status(503).json({});
            else next();
          });
          router.get('/health', (_request, response) => {
            response.json({ status: 'ok' });
          });
          router.use('/kubesmith', (_request, response, next) => {
            if (state.mode === 'other') response.status(404).json({});
            else next();
          });
          router.get('/kubesmith/engine', (_request, response) => {
            response.json({ engine: 'kubesmith' });
          });
          router.post(
            '/kubesmith/explanations',
            express.json(),
            async (request, response) => {
              if (!state.explanation) {
                response.status(404).json({});
                return;
              }
              state.explained.push(request.body);
              response.json(state.explanation);
            },
          );
          router.post(
            '/kubesmith/decisions',
            express.json(),
            async (request, response) => {
              const { principal } = await httpAuth.credentials(request, {
                allow: ['service'],
              });
              if (principal.subject !== 'plugin:kubesmith') {
                response.status(403).json({});
                return;
              }
              const { userRef, permissions } = request.body as {
                userRef: string;
                permissions: string[];
              };
              const known = knows(userRef) && !state.gone.has(userRef);
              const { claims, decide } = decideFor(userRef);
              response.json({
                known,
                claims: known ? claims : [],
                version: 1,
                decisions: permissions.map(name =>
                  known ? decide({ name }) : { result: 'DENY' },
                ),
              });
            },
          );
          httpRouter.use(router);
        },
      });
    },
  });
  return { feature, state };
}
