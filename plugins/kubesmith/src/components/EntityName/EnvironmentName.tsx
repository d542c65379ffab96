import { environmentEntityRef } from '@kubesmith/plugin-kubesmith-common';
import { EntityName } from './EntityName';

/** The title of an environment as the catalog shows it. */
export const EnvironmentName = (props: { name: string; isLink?: boolean }) => (
  <EntityName
    entityRef={environmentEntityRef(props.name)}
    isLink={props.isLink}
  />
);
