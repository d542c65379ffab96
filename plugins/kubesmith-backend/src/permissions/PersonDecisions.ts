import type {
  AuthService,
  DiscoveryService,
  LoggerService,
} from '@backstage/backend-plugin-api';
import type { Permission } from '@backstage/plugin-permission-common';
import type {
  DecisionExplanation,
  PersonDecisionsAnswer,
} from '@kubesmith/plugin-kubesmith-node';
import type { DecisionMade } from './decisionsMade';
import { policyEngineAway, policyEngineOther } from './policyEngineErrors';

const TIMEOUT_MS = 15_000;

/** What is done waits for its entry in the audit trail. */
const EXPLAIN_TIMEOUT_MS = 2000;
const AWAY_MS = 30_000;
const OTHER_ENGINE_MS = 10 * 60_000;

type Deps = {
  auth: AuthService;
  discovery: DiscoveryService;
  logger: LoggerService;
};

/** Asks Kubesmith's policy module what people may do who are not there: no session of theirs is needed. */
export class PersonDecisions {
  readonly #deps: Deps;
  /** When explanations are to be had again. */
  #askAgainAt = -Infinity;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * The decisions that the person would get after a sign-in of this moment, in the order of the permissions. Somebody whom
   * the catalog does not know gets DENY for all.
   *
   * @throws NotImplementedError `KUBESMITH-POLICY-ENGINE-OTHER` when the portal decides by another engine, for good;
   *   ServiceUnavailableError `KUBESMITH-POLICY-AWAY` when it cannot be asked now
   */
  async of(
    userRef: string,
    permissions: readonly Permission[],
  ): Promise<PersonDecisionsAnswer> {
    const body = JSON.stringify({
      userRef,
      permissions: permissions.map(({ name }) => name),
    });
    const answer = await this.#ask('/kubesmith/decisions', {
      method: 'POST',
      body,
    });
    if (!answer) throw policyEngineOther();
    return (await answer.json()) as PersonDecisionsAnswer;
  }

  /**
   * Whether the portal decides by Kubesmith's policies, so that {@link of} answers.
   *
   * @throws ServiceUnavailableError `KUBESMITH-POLICY-AWAY` when it cannot be asked now
   */
  async isAvailable(): Promise<boolean> {
    return (await this.#ask('/kubesmith/engine')) !== undefined;
  }

  /**
   * Which rule makes a person's right, for the record; undefined when that is not to be had quickly.
   *
   * @param decision - one that was made, for this person
   */
  async explain(
    userRef: string,
    decision: DecisionMade,
  ): Promise<DecisionExplanation | undefined> {
    if (performance.now() < this.#askAgainAt) return undefined;
    try {
      const answer = await this.#ask('/kubesmith/explanations', {
        method: 'POST',
        body: JSON.stringify({
          userRef,
          verb: decision.verb,
          facts: decision.facts,
        }),
        signal: AbortSignal.timeout(EXPLAIN_TIMEOUT_MS),
      });
      const explained = (await answer?.json()) as
        | DecisionExplanation
        | undefined;
      if (!explained) this.#askAgainAt = performance.now() + OTHER_ENGINE_MS;
      // Groups or policies may have changed since: no rule is better than a wrong one.
      return explained?.allowed === decision.allowed ? explained : undefined;
    } catch {
      // Its reason is in the log; the next record need not wait for the same.
      this.#askAgainAt = performance.now() + AWAY_MS;
      return undefined;
    }
  }

  /** The answer of our policy module; undefined when the permission plugin runs without it. */
  async #ask(path: string, init?: RequestInit): Promise<Response | undefined> {
    let answer = await this.#fetch(path, init);
    if (answer.status === 404) {
      // While the portal starts nothing is there yet; and our routes are always there before the permission plugin's.
      if (!(await this.#fetch('/health')).ok) throw policyEngineAway();
      answer = await this.#fetch(path, init);
      if (answer.status === 404) return undefined;
    }
    if (!answer.ok) {
      const text = await answer.text().catch(() => '');
      this.#deps.logger.error(
        `The policies could not be asked: ${answer.status} ${text}`,
      );
      throw policyEngineAway();
    }
    return answer;
  }

  async #fetch(path: string, init?: RequestInit): Promise<Response> {
    const { auth, discovery, logger } = this.#deps;
    const [baseUrl, { token }] = await Promise.all([
      discovery.getBaseUrl('permission'),
      auth.getPluginRequestToken({
        onBehalfOf: await auth.getOwnServiceCredentials(),
        targetPluginId: 'permission',
      }),
    ]);
    return fetch(`${baseUrl}${path}`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...init,
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
      },
    }).catch(error => {
      logger.error('The policies cannot be asked', error);
      throw policyEngineAway();
    });
  }
}
