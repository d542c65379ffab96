import { QUOTA_RESOURCES } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { CatalogPeople } from '../people/CatalogPeople';
import type { QuotaRecord } from './QuotaStore';
import type { Amounts } from './amounts';
import { type UseOf, readUse, readUseByPerson } from './readUse';

/** How many people are listed where a quota is for each by itself. */
const MOST_PEOPLE = 20;

/** What is used of a quota, by whom when it is for each person by itself. */
export type QuotaUse = Amounts & { person?: string };

/** What is used of each quota, in the order of the quotas. */
export async function overview(
  quotas: readonly QuotaRecord[],
  deps: { knex: Knex; people: Pick<CatalogPeople, 'membersOf'> },
): Promise<QuotaUse[][]> {
  const byPerson = new Map<string, Map<string, Amounts>>();
  const uses: QuotaUse[][] = [];
  for (const quota of quotas) {
    const { environment, scope, subject } = quota;
    if (scope === 'each-member' || scope === 'each-person') {
      const all =
        byPerson.get(environment) ??
        (await readUseByPerson(deps.knex, environment));
      byPerson.set(environment, all);
      const members =
        scope === 'each-member'
          ? await deps.people.membersOf(subject!)
          : undefined;
      uses.push(fullest(quota, all, members));
    } else {
      uses.push([await readUse(deps.knex, wholeOf(quota))]);
    }
  }
  return uses;
}

function wholeOf({ environment, scope, subject }: QuotaRecord): UseOf {
  switch (scope) {
    case 'group':
      return { environment, group: subject! };
    case 'person':
      return { environment, person: subject! };
    default:
      return { environment };
  }
}

/** Those who are nearest to a limit. */
function fullest(
  { limits }: QuotaRecord,
  all: ReadonlyMap<string, Amounts>,
  members: ReadonlySet<string> | undefined,
): QuotaUse[] {
  const fullness = (use: Amounts) =>
    Math.max(
      ...QUOTA_RESOURCES.map(resource => {
        const limit = limits[resource];
        if (limit === undefined || use[resource] === 0) return 0;
        return use[resource] / Math.max(limit, 0.5);
      }),
    );
  return [...all]
    .filter(([person]) => !members || members.has(person))
    .map(([person, use]) => ({ ...use, person }))
    .sort(
      (a, b) => fullness(b) - fullness(a) || a.person.localeCompare(b.person),
    )
    .slice(0, MOST_PEOPLE);
}
