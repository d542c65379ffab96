import type { EnvironmentSource } from '../environments/Environments';
import type { CatalogPeople } from '../people/CatalogPeople';
import type { QuotaRecord } from './QuotaStore';
import { describeQuota } from './describeQuota';

type Described = Pick<QuotaRecord, 'environment' | 'scope' | 'subject'>;

/** What quotas are called: with the titles of environments and the names that the catalog knows people and groups by. */
export class QuotaTitles {
  readonly #deps: {
    environments: Pick<EnvironmentSource, 'current'>;
    people: Pick<CatalogPeople, 'namesOf'>;
  };

  constructor(deps: {
    environments: Pick<EnvironmentSource, 'current'>;
    people: Pick<CatalogPeople, 'namesOf'>;
  }) {
    this.#deps = deps;
  }

  /** One title for each quota, in their order. Asks the catalog once, and only if somebody is named. */
  async of(quotas: readonly Described[]): Promise<string[]> {
    const { environments, people } = this.#deps;
    const titles = new Map(
      (await environments.current()).map(({ name, title }) => [name, title]),
    );
    const nameOf = await people.namesOf(
      quotas.flatMap(({ subject }) => subject ?? []),
    );
    return quotas.map(quota =>
      describeQuota(quota, {
        environment: titles.get(quota.environment),
        subject: quota.subject && nameOf(quota.subject),
      }),
    );
  }
}
