import type {
  PolicyDocument,
  PolicyPositions,
  PolicyProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { CatalogPeople } from '../people/CatalogPeople';
import type { KubesmithRecords } from './KubesmithRecords';

type Reference = { name: string; path: (string | number)[] };

function referencesOf(document: PolicyDocument) {
  const people: Reference[] = [];
  const environments: Reference[] = [];
  document.roles.forEach(({ members, rules }, role) => {
    members.forEach((name, index) => {
      if (!name.startsWith('$')) {
        people.push({ name, path: ['roles', role, 'members', index] });
      }
    });
    rules.forEach(({ where }, rule) => {
      if (typeof where !== 'object') {
        return;
      }
      const path = ['roles', role, 'rules', rule, 'where'];
      (where.ownerGroups ?? []).forEach((name, index) =>
        people.push({ name, path: [...path, 'ownerGroups', index] }),
      );
      if (Array.isArray(where.environments)) {
        where.environments.forEach((name, index) =>
          environments.push({ name, path: [...path, 'environments', index] }),
        );
      }
    });
  });
  return { people, environments };
}

/** Which users, groups and environments of a policy there are not: a slip of the pen would give nobody anything. */
export async function checkReferences(
  document: PolicyDocument,
  positions: PolicyPositions,
  known: {
    people: Pick<CatalogPeople, 'unknown'>;
    records: Pick<KubesmithRecords, 'environments'>;
  },
): Promise<PolicyProblem[]> {
  const { people, environments } = referencesOf(document);
  const [unknown, existing] = await Promise.all([
    known.people.unknown(people.map(({ name }) => name)),
    environments.length > 0 ? known.records.environments() : [],
  ]);
  const names = new Set(existing.map(({ name }) => name));
  return [
    ...people
      .filter(({ name }) => unknown.has(name))
      .map(({ name, path }) => ({
        ...positions(path),
        message: `the catalog knows no ${
          name.startsWith('group:') ? 'group' : 'user'
        } '${name}'`,
      })),
    ...environments
      .filter(({ name }) => !names.has(name))
      .map(({ name, path }) => ({
        ...positions(path),
        message: `there is no environment '${name}'; there are: ${
          [...names].join(', ') || 'none'
        }`,
      })),
  ];
}
