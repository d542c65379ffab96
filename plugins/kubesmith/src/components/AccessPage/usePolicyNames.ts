import {
  ADMINISTRATORS,
  EVERYONE,
  type Environment,
  type PolicyRole,
} from '@kubesmith/plugin-kubesmith-common';
import { useMemo } from 'react';
import { useEntityNames } from '../../hooks/useEntityNames';
import type { Names } from './describeRule';

/** The two words that may stand among members. */
export const specialMembers: Record<string, string> = {
  [EVERYONE]: 'Everybody who is signed in',
  [ADMINISTRATORS]: 'The portal’s administrators',
};

function refsOf(roles: readonly PolicyRole[]): string[] {
  const refs = roles.flatMap(({ members, rules }) => [
    ...members,
    ...rules.flatMap(({ where }) =>
      typeof where === 'object' ? where.ownerGroups ?? [] : [],
    ),
  ]);
  return [...new Set(refs)].filter(ref => !ref.startsWith('$')).sort();
}

/** Display names of what the roles name; refs and names stay as they are until the catalog answered, or if it does not. */
export function usePolicyNames(
  roles: readonly PolicyRole[],
  environments: readonly Environment[],
): Names {
  const nameOf = useEntityNames(refsOf(roles));
  return useMemo(() => {
    const titles = new Map(
      environments.map(({ name, title }) => [name, title]),
    );
    return {
      environment: name => titles.get(name) ?? name,
      entity: ref => specialMembers[ref] ?? nameOf(ref),
    };
  }, [environments, nameOf]);
}
