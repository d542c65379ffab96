import type { Grant } from '@kubesmith/plugin-kubesmith-common';
import { formatAbsolute } from '../../format/time';
import { RelativeTime } from '../Time';

const reasons = {
  revoked: 'revoked',
  'share-ended': 'ended with its share',
  'right-ended': 'ended with the right to it',
};

/** Until when a kubeconfig works, or since when it does not, and why. */
export const GrantState = ({ grant }: { grant: Grant }) => {
  if (grant.revokedAt) {
    return (
      <span>
        {reasons[grant.endReason ?? 'revoked']}{' '}
        <RelativeTime at={grant.revokedAt} />
      </span>
    );
  }
  if (grant.active && grant.endRequestedAt) {
    return (
      <span>
        {reasons[grant.endReason ?? 'revoked']}, but the cluster could not be
        told yet: it is tried again. Without an answer it works until{' '}
        {formatAbsolute(Date.parse(grant.expiresAt))}
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
