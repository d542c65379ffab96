import { Flex, Text } from '@backstage/ui';
import type { Operation } from '@kubesmith/plugin-kubesmith-common';
import type { Tone } from '../../format/phase';
import { ToneIcon } from '../PhaseBadge';

const outcomes: Record<Operation['status'], { label: string; tone: Tone }> = {
  queued: { label: 'About to begin', tone: 'busy' },
  running: { label: 'Goes on', tone: 'busy' },
  waiting: { label: 'Waits', tone: 'warning' },
  succeeded: { label: 'Done', tone: 'success' },
  failed: { label: 'Failed', tone: 'danger' },
  cancelled: { label: 'Cancelled', tone: 'warning' },
};

/** How an operation ended, and why if it did not work. */
export const OutcomeText = ({ operation }: { operation: Operation }) => {
  const { failure, status } = operation;
  const { label, tone } = outcomes[status];
  // What failed before a later try worked is in the log.
  const tells = failure && status !== 'succeeded';
  return (
    <Flex direction="column" gap="1">
      <Flex align="center" gap="2">
        <ToneIcon tone={tone} />
        <Text>{label}</Text>
      </Flex>
      {tells && (
        <Text>
          {failure.message} ({failure.code})
        </Text>
      )}
    </Flex>
  );
};
