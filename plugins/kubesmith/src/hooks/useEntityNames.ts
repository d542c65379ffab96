import { useApi } from '@backstage/frontend-plugin-api';
import { catalogApiRef } from '@backstage/plugin-catalog-react';
import { environmentEntityRef } from '@kubesmith/plugin-kubesmith-common';
import { useCallback, useEffect, useState } from 'react';
import { shortRef } from '../format/shortRef';

/**
 * What the catalog calls entities, for texts in which no component can stand. What is in the ref until the catalog answered, if it
 * does not, and for what it does not know.
 */
export function useEntityNames(
  entityRefs: readonly string[],
): (entityRef: string) => string {
  const catalogApi = useApi(catalogApiRef);
  const [known, setKnown] = useState<ReadonlyMap<string, string>>(new Map());
  const missing = [...new Set(entityRefs)]
    .filter(ref => !known.has(ref))
    .sort()
    .join(' ');

  useEffect(() => {
    if (!missing) {
      return undefined;
    }
    let isCurrent = true;
    const refs = missing.split(' ');
    catalogApi
      .getEntitiesByRefs({
        entityRefs: refs,
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
              shortRef(refs[index])
            );
          }),
        // Without the catalog the refs say who is meant.
        () => refs.map(shortRef),
      )
      .then(names => {
        if (isCurrent) {
          setKnown(
            old =>
              new Map([
                ...old,
                ...refs.map((ref, n) => [ref, names[n]] as const),
              ]),
          );
        }
      });
    return () => {
      isCurrent = false;
    };
  }, [catalogApi, missing]);

  return useCallback(ref => known.get(ref) ?? shortRef(ref), [known]);
}

/** The titles of environments, by name; a name of which the catalog knows none stands for itself. */
export function useEnvironmentTitles(
  names: readonly string[],
): (name: string) => string {
  const nameOf = useEntityNames(names.map(environmentEntityRef));
  return useCallback(
    name => {
      const ref = environmentEntityRef(name);
      const title = nameOf(ref);
      return title === shortRef(ref) ? name : title;
    },
    [nameOf],
  );
}
