import { useApi } from '@backstage/frontend-plugin-api';
import { Button, Card, CardBody, Flex, Skeleton, Text } from '@backstage/ui';
import type { PolicyVersionInfo } from '@kubesmith/plugin-kubesmith-common';
import { useCallback, useEffect, useState } from 'react';
import { policiesApiRef } from '../../api/policiesApi';
import { EntityName } from '../EntityName';
import { LoadError } from '../LoadError';
import { RelativeTime } from '../Time';
import styles from './AccessPage.module.css';
import { RollBackDialog } from './RollBackDialog';
import { VersionDiff } from './VersionDiff';

const PAGE = 20;

/** Who changed access, when and why; newest first. Any earlier version can be brought back. */
export const HistoryView = (props: {
  /** The version in force. */
  version: number;
  onRolledBack: (version: number) => void;
}) => {
  const { version, onRolledBack } = props;
  const policiesApi = useApi(policiesApiRef);
  const [versions, setVersions] = useState<PolicyVersionInfo[]>();
  const [hasMore, setHasMore] = useState(false);
  const [error, setError] = useState<Error>();
  const [open, setOpen] = useState<number>();
  const [back, setBack] = useState<number>();

  const load = useCallback(
    async (offset: number) => {
      setError(undefined);
      try {
        const page = await policiesApi.versions({ limit: PAGE, offset });
        setVersions(old => [...(offset > 0 ? old ?? [] : []), ...page]);
        setHasMore(page.length === PAGE);
      } catch (reason) {
        setError(reason instanceof Error ? reason : new Error(String(reason)));
      }
    },
    [policiesApi],
  );
  useEffect(() => {
    load(0);
  }, [load, version]);

  const rows = [
    ...(versions ?? []),
    ...(versions && !hasMore ? [{ version: 0, shipped: true as const }] : []),
  ];

  return (
    <Flex direction="column" gap="3">
      {error && (
        <LoadError
          title="The history could not be read"
          error={error}
          onRetry={() => load(versions?.length ?? 0)}
        />
      )}
      {!versions && !error && (
        <div role="status" aria-label="Reading the history">
          <Skeleton height={160} />
        </div>
      )}
      <ol className={styles.plain} aria-label="Versions">
        {rows.map(row => {
          const isCurrent = row.version === version;
          const name = `version ${row.version}`;
          return (
            <li key={row.version} className={styles.version}>
              <Card>
                <CardBody>
                  <Flex justify="between" align="center" gap="3">
                    <div>
                      <Text weight="bold">
                        Version {row.version}
                        {isCurrent && ' (in force)'}
                      </Text>{' '}
                      {'shipped' in row ? (
                        <Text color="secondary">what ships with Kubesmith</Text>
                      ) : (
                        <>
                          <Text color="secondary">
                            <EntityName entityRef={row.author} isLink />,{' '}
                            <RelativeTime
                              at={new Date(row.createdAt).toISOString()}
                            />
                          </Text>
                          <Text as="p">{row.reason}</Text>
                        </>
                      )}
                    </div>
                    <Flex gap="2">
                      {row.version > 0 && (
                        <Button
                          size="small"
                          variant="secondary"
                          aria-expanded={open === row.version}
                          aria-label={`What ${name} changed`}
                          onPress={() =>
                            setOpen(
                              open === row.version ? undefined : row.version,
                            )
                          }
                        >
                          {open === row.version ? 'Hide' : 'What changed'}
                        </Button>
                      )}
                      {!isCurrent && (
                        <Button
                          size="small"
                          variant="tertiary"
                          aria-label={`Go back to ${name}`}
                          onPress={() => setBack(row.version)}
                        >
                          Go back to this
                        </Button>
                      )}
                    </Flex>
                  </Flex>
                  {open === row.version && <VersionDiff version={open} />}
                </CardBody>
              </Card>
            </li>
          );
        })}
      </ol>
      {hasMore && (
        <Flex justify="center">
          <Button
            variant="secondary"
            onPress={() => load(versions?.length ?? 0)}
          >
            Read older versions
          </Button>
        </Flex>
      )}
      {back !== undefined && (
        <RollBackDialog
          toVersion={back}
          version={version}
          onClose={() => setBack(undefined)}
          onDone={saved => {
            setBack(undefined);
            onRolledBack(saved);
          }}
        />
      )}
    </Flex>
  );
};
