import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import type { EnvironmentSource } from '../environments/Environments';
import { requestRefused } from '../errors/apiErrors';
import { quoted } from '../errors/quoted';
import type { EnvironmentAccess } from '../permissions/EnvironmentAccess';
import { asDenial } from '../permissions/denials';

/** Where somebody may change quotas and what needs an approval. */
export class QuotaPlaces {
  readonly #deps: {
    environmentAccess: EnvironmentAccess;
    environments: EnvironmentSource;
  };

  constructor(deps: {
    environmentAccess: EnvironmentAccess;
    environments: EnvironmentSource;
  }) {
    this.#deps = deps;
  }

  /** Names of the environments. */
  async of(credentials: BackstageCredentials): Promise<string[]> {
    const { may } = await this.#deps.environmentAccess.of(credentials);
    return (await this.#deps.environments.current())
      .filter(environment => may('manage-quota', environment))
      .map(({ name }) => name);
  }

  /** Throws a 400 that names the choices when it is none of them. */
  async require(
    environment: string,
    credentials: BackstageCredentials,
  ): Promise<void> {
    const choices = await this.of(credentials);
    if (choices.includes(environment)) return;
    throw asDenial(
      requestRefused([
        fieldProblem('environment', 'KUBESMITH-ENVIRONMENT-NOT-MANAGED', {
          environment: quoted(environment),
          choices: choices.join(', ') || 'none',
        }),
      ]),
      { verb: 'manage-quota', environment },
    );
  }
}
