import { useApi } from '@backstage/frontend-plugin-api';
import { Skeleton } from '@backstage/ui';
import { useCallback, useEffect, useState } from 'react';
import { policiesApiRef } from '../../api/policiesApi';
import { LoadError } from '../LoadError';
import { LineDiff } from './LineDiff';

/** What a version changed in the one before it, line by line. */
export const VersionDiff = ({ version }: { version: number }) => {
  const policiesApi = useApi(policiesApiRef);
  const [texts, setTexts] = useState<{ before: string; after: string }>();
  const [error, setError] = useState<Error>();

  const load = useCallback(async () => {
    setError(undefined);
    try {
      const [before, after] = await Promise.all([
        policiesApi.version(version - 1),
        policiesApi.version(version),
      ]);
      setTexts({ before: before.yaml, after: after.yaml });
    } catch (reason) {
      setError(reason instanceof Error ? reason : new Error(String(reason)));
    }
  }, [policiesApi, version]);
  useEffect(() => {
    load();
  }, [load]);

  if (error) {
    return (
      <LoadError
        title="The version could not be read"
        error={error}
        onRetry={load}
      />
    );
  }
  return texts ? (
    <LineDiff label={`Changes of version ${version}`} {...texts} />
  ) : (
    <div role="status" aria-label="Reading the version">
      <Skeleton height={80} />
    </div>
  );
};
