import { useApi } from '@backstage/frontend-plugin-api';
import {
  parseEntityRef,
  stringifyEntityRef,
  type Entity,
} from '@backstage/catalog-model';
import { catalogApiRef } from '@backstage/plugin-catalog-react';
import { useEffect, useState } from 'react';
import { shortRef } from '../../format/shortRef';

/** How long nothing is typed before the catalog is asked, in milliseconds. */
const SEARCH_AFTER_MS = 250;
const MOST = 20;

/** An entity as a choice: its ref, and how it is called. */
export type Choice = { id: string; label: string };

/** How an entity is called in a list to choose from: by its name, and by what tells it from others of that name. */
export function choiceLabel(entityRef: string, name: string): string {
  const { kind } = parseEntityRef(entityRef);
  return `${name} (${kind} ${shortRef(entityRef)})`;
}

function toChoice(entity: Entity): Choice {
  const id = stringifyEntityRef(entity);
  const profile = entity.spec?.profile as { displayName?: string } | undefined;
  return {
    id,
    label: choiceLabel(
      id,
      profile?.displayName ?? entity.metadata.title ?? shortRef(id),
    ),
  };
}

/** Entities of the catalog that fit what is typed, at most twenty. */
export function useCatalogSearch(term: string, kinds: readonly string[]) {
  const catalogApi = useApi(catalogApiRef);
  const [found, setFound] = useState<Choice[]>([]);
  const [error, setError] = useState<Error>();
  const filterKinds = kinds.join(' ');

  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(() => {
      catalogApi
        .queryEntities({
          filter: { kind: filterKinds.split(' ') },
          fields: ['kind', 'metadata', 'spec.profile.displayName'],
          limit: MOST,
          orderFields: [{ field: 'metadata.name', order: 'asc' }],
          ...(term.trim() && {
            fullTextFilter: {
              term: term.trim(),
              fields: [
                'metadata.name',
                'metadata.title',
                'spec.profile.displayname',
              ],
            },
          }),
        })
        .then(
          ({ items }) => {
            if (isCurrent) {
              setFound(items.map(toChoice));
              setError(undefined);
            }
          },
          reason => isCurrent && setError(reason),
        );
    }, SEARCH_AFTER_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [catalogApi, term, filterKinds]);

  return { found, error };
}
