import type { DiscoveryApi, FetchApi } from '@backstage/frontend-plugin-api';
import type {
  CurrentPolicies,
  HandedInPolicies,
  PolicyAnswers,
  PolicyPreview,
  PolicyProblem,
  PolicyVersionInfo,
} from '@kubesmith/plugin-kubesmith-common';
import { PoliciesApiError } from './PoliciesApiError';
import type { PoliciesApi, PolicySave } from './policiesApi';

type ErrorAnswer = {
  error?: {
    name?: string;
    message?: string;
    code?: string;
    problems?: PolicyProblem[];
  };
};

/** The routes of the policy module over HTTP, with the token of the signed-in user. */
export class PoliciesHttpApi implements PoliciesApi {
  readonly #discoveryApi: DiscoveryApi;
  readonly #fetchApi: FetchApi;

  constructor(apis: { discoveryApi: DiscoveryApi; fetchApi: FetchApi }) {
    this.#discoveryApi = apis.discoveryApi;
    this.#fetchApi = apis.fetchApi;
  }

  current() {
    return this.#ask<CurrentPolicies>('GET', '');
  }

  async versions(page: { limit: number; offset: number }) {
    const { items } = await this.#ask<{ items: PolicyVersionInfo[] }>(
      'GET',
      `/versions?limit=${page.limit}&offset=${page.offset}`,
    );
    return items;
  }

  version(version: number) {
    return this.#ask<{ yaml: string }>('GET', `/versions/${version}`);
  }

  async validate(policies: HandedInPolicies) {
    const { problems } = await this.#ask<{ problems: PolicyProblem[] }>(
      'POST',
      '/validate',
      policies,
    );
    return problems;
  }

  preview(policies: HandedInPolicies) {
    return this.#ask<PolicyPreview>('POST', '/preview', policies);
  }

  async save(policies: HandedInPolicies, change: PolicySave) {
    return this.#saved('PUT', '', { ...policies, ...change });
  }

  async rollBack(toVersion: number, change: PolicySave) {
    return this.#saved('POST', '/rollback', { toVersion, ...change });
  }

  explain(question: { user?: string; cluster?: string } = {}) {
    const query = new URLSearchParams(
      Object.entries(question).filter(([, value]) => value !== undefined),
    );
    return this.#ask<PolicyAnswers>('GET', `/explain?${query}`);
  }

  async #saved(method: string, path: string, body: object): Promise<number> {
    const { version } = await this.#ask<{ version: number }>(
      method,
      path,
      body,
    );
    return version;
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const base = await this.#discoveryApi.getBaseUrl('permission');
    const response = await this.#fetchApi.fetch(
      `${base}/kubesmith/policies${path}`,
      {
        method,
        ...(body && {
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(body),
        }),
      },
    );
    if (!response.ok) {
      const { error } = await readError(response);
      throw new PoliciesApiError({
        status: response.status,
        name: error?.name,
        code: error?.code,
        message:
          error?.message ??
          `The portal answered ${response.status} ${response.statusText}`,
        policyProblems: error?.problems,
      });
    }
    return response.json();
  }
}

/** Copes with answers of proxies that have another shape. */
async function readError(response: Response): Promise<ErrorAnswer> {
  try {
    const body = await response.json();
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    // No JSON: the status says all there is.
    return {};
  }
}
