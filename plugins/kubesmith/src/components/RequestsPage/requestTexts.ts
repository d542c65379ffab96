import type {
  OrderRequest,
  OrderRequestStatus,
} from '@kubesmith/plugin-kubesmith-common';
import type { Tone } from '../../format/phase';

/** What people read for the state of an order request. */
export const statusTexts: Record<
  OrderRequestStatus,
  { label: string; tone: Tone }
> = {
  waiting: { label: 'Waiting', tone: 'busy' },
  approved: { label: 'Approved', tone: 'success' },
  refused: { label: 'Refused', tone: 'danger' },
  expired: { label: 'Expired', tone: 'neutral' },
  withdrawn: { label: 'Taken back', tone: 'neutral' },
};

/** What was ordered, in a few words: `3 workers, size small, Kubernetes 1.36.3`. */
export function describeDraft({ draft }: Pick<OrderRequest, 'draft'>): string {
  const { kubernetesVersion, size, workers } = draft;
  return [
    `${workers} ${workers === 1 ? 'worker' : 'workers'}`,
    `size ${size}`,
    ...(kubernetesVersion ? [`Kubernetes ${kubernetesVersion}`] : []),
  ].join(', ');
}
