import type { Grant } from '@kubesmith/plugin-kubesmith-common';
import { RelativeTime } from '../Time';

/** Until when a kubeconfig works, or since when it does not. */
export const GrantState = ({ grant }: { grant: Grant }) => {
  if (grant.revokedAt) {
    return (
      <span>
        revoked <RelativeTime at={grant.revokedAt} />
      </span>
    );
  }
  return (
    <span>
      {grant.active ? 'ends ' : 'ended '}
      <RelativeTime at={grant.expiresAt} />
    </span>
  );
};
