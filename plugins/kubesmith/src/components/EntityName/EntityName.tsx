import { parseEntityRef } from '@backstage/catalog-model';
import { useRouteRef } from '@backstage/frontend-plugin-api';
import {
  entityRouteRef,
  useEntityPresentation,
} from '@backstage/plugin-catalog-react';
import { Link } from '@backstage/ui';

/** The name of an entity as the catalog shows it, as a link to its page if `isLink`. */
export const EntityName = (props: { entityRef: string; isLink?: boolean }) => {
  const { primaryTitle, entityRef } = useEntityPresentation(props.entityRef);
  const entityRoute = useRouteRef(entityRouteRef);

  if (!props.isLink || !entityRoute) {
    return <span title={entityRef}>{primaryTitle}</span>;
  }
  const { kind, namespace, name } = parseEntityRef(props.entityRef);
  return (
    <Link
      href={entityRoute({ kind: kind.toLowerCase(), namespace, name })}
      title={entityRef}
    >
      {primaryTitle}
    </Link>
  );
};
