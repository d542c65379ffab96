import { useApi } from '@backstage/frontend-plugin-api';
import { Button, Flex, Text } from '@backstage/ui';
import type {
  Cluster,
  ClusterArchive,
} from '@kubesmith/plugin-kubesmith-common';
import { RiDownloadLine } from '@remixicon/react';
import { useCallback, useId } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { saveFile } from '../../browser/saveFile';
import { formatAbsolute } from '../../format/time';
import { usePolled } from '../../hooks/usePolled';
import { EntityName } from '../EntityName';
import { LoadError } from '../LoadError';

/** Who is behind a deletion that nobody asked for. */
const PLATFORM = 'plugin:kubesmith';
const NEVER_MS = 3_600_000;

const Deletion = ({ archive }: { archive: ClusterArchive }) => {
  const { initiator } = archive.deletion;
  const when = formatAbsolute(Date.parse(archive.archivedAt));
  return initiator === PLATFORM ? (
    <>The deletion began on {when} because its time was over.</>
  ) : (
    <>
      The deletion began on {when}, asked for by{' '}
      <EntityName entityRef={initiator} />.
    </>
  );
};

/** Why and when a cluster was deleted, and what it was, to save. Nothing for clusters deleted before there were archives. */
export const ArchiveSection = ({ cluster }: { cluster: Cluster }) => {
  const kubesmithApi = useApi(kubesmithApiRef);
  const titleId = useId();
  const load = useCallback(
    async () => ({ archive: await kubesmithApi.getArchive(cluster.id) }),
    [kubesmithApi, cluster.id],
  );
  const { value, error, refresh } = usePolled(load, () => NEVER_MS);

  if (error && !value) {
    return (
      <LoadError
        title="The archive could not be read"
        error={error}
        onRetry={refresh}
      />
    );
  }
  if (!value?.archive) return null;
  const { archive } = value;
  return (
    <section aria-labelledby={titleId}>
      <Flex direction="column" gap="2">
        <Flex align="center" justify="between" gap="3">
          <Text as="h2" variant="title-x-small" id={titleId}>
            Archive
          </Text>
          <Button
            variant="secondary"
            size="small"
            iconStart={<RiDownloadLine aria-hidden />}
            onPress={() =>
              saveFile(
                `${archive.environment}.${archive.name}.json`,
                `${JSON.stringify(archive, null, 2)}\n`,
                'application/json',
              )
            }
          >
            Save as JSON
          </Button>
        </Flex>
        <Text>
          <Deletion archive={archive} />
        </Text>
        {archive.deletion.reason && (
          <Text>Reason: {archive.deletion.reason}</Text>
        )}
        <Text color="secondary">
          {describeArchive(archive)} What was stored on its nodes is gone.
        </Text>
        {archive.lastBackup && (
          <Text color="secondary">
            Its last backup was taken on{' '}
            {formatAbsolute(Date.parse(archive.lastBackup.takenAt))} (
            {archive.lastBackup.objects} objects) and went with it.
          </Text>
        )}
      </Flex>
    </section>
  );
};

function describeArchive(archive: ClusterArchive): string {
  const { extensions, nodes, spec } = archive;
  const extended =
    extensions.length === 0
      ? 'never extended'
      : `extended ${
          extensions.length === 1 ? 'once' : `${extensions.length} times`
        }`;
  return `Kubernetes ${spec.kubernetesVersion} on ${nodes.length} ${
    nodes.length === 1 ? 'node' : 'nodes'
  } of the size ${spec.size}; ${extended}.`;
}
