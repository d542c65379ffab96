import { useApi } from '@backstage/frontend-plugin-api';
import { catalogApiRef } from '@backstage/plugin-catalog-react';
import {
  ADMINISTRATORS,
  EVERYONE,
  type Environment,
  type PolicyRole,
} from '@kubesmith/plugin-kubesmith-common';
import { useEffect, useMemo, useState } from 'react';
import { shortRef } from '../../format/shortRef';
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
  const catalogApi = useApi(catalogApiRef);
  const [known, setKnown] = useState<ReadonlyMap<string, string>>(new Map());
  const missing = refsOf(roles)
    .filter(ref => !known.has(ref))
    .join(' ');

  useEffect(() => {
    if (!missing) {
      return undefined;
    }
    let isCurrent = true;
    const entityRefs = missing.split(' ');
    catalogApi
      .getEntitiesByRefs({
        entityRefs,
        fields: ['metadata.title', 'spec.profile.displayName'],
      })
      .then(
        ({ items }) =>
          items.map((entity, index) => {
            const profile = entity?.spec?.profile as
              | { displayName?: string }
              | undefined;
            return (
              profile?.displayName ??
              entity?.metadata?.title ??
              shortRef(entityRefs[index])
            );
          }),
        // Without the catalog the refs say who is meant.
        () => entityRefs.map(shortRef),
      )
      .then(names => {
        if (isCurrent) {
          setKnown(
            old =>
              new Map([
                ...old,
                ...entityRefs.map((ref, n) => [ref, names[n]] as const),
              ]),
          );
        }
      });
    return () => {
      isCurrent = false;
    };
  }, [catalogApi, missing]);

  return useMemo(() => {
    const titles = new Map(
      environments.map(({ name, title }) => [name, title]),
    );
    return {
      environment: name => titles.get(name) ?? name,
      entity: ref => specialMembers[ref] ?? known.get(ref) ?? shortRef(ref),
    };
  }, [environments, known]);
}
