import { Alert, Button, Flex } from '@backstage/ui';
import {
  parsePolicies,
  writeRoles,
  type CurrentPolicies,
} from '@kubesmith/plugin-kubesmith-common';
import { useMemo } from 'react';
import { LineDiff } from './LineDiff';
import { mergeRoles } from './mergeRoles';
import type { PolicyDraft } from './usePolicyDraft';

/** Somebody else saved: what they changed, and how to go on without losing either's work. */
export const ConflictAlert = (props: {
  draft: PolicyDraft;
  /** What they saved. */
  theirs: Pick<CurrentPolicies, 'version' | 'yaml' | 'document'>;
}) => {
  const { draft, theirs } = props;
  const merged = useMemo(
    () =>
      draft.roles &&
      mergeRoles(
        parsePolicies(draft.base).document?.roles ?? [],
        draft.roles,
        theirs.document.roles,
      ),
    [draft.base, draft.roles, theirs],
  );
  const contested = merged?.contested ?? [];

  return (
    <Flex direction="column" gap="3">
      <Alert
        role="alert"
        status="warning"
        icon
        title={`Somebody else saved version ${theirs.version} while you were editing. Your changes are still here, unsaved.`}
        description={
          contested.length > 0
            ? `Both of you changed ${contested.join(
                ', ',
              )}: with “Put my changes on top”, yours are used there.`
            : 'You changed different roles: with “Put my changes on top”, both are kept.'
        }
        customActions={
          <Flex gap="2">
            <Button
              size="small"
              variant="primary"
              isDisabled={!merged}
              onPress={() =>
                merged &&
                draft.reset(theirs, writeRoles(theirs.yaml, merged.roles))
              }
            >
              Put my changes on top
            </Button>
            <Button
              size="small"
              variant="secondary"
              onPress={() => draft.reset(theirs)}
            >
              Use theirs, drop mine
            </Button>
          </Flex>
        }
      />
      <LineDiff
        label="What they changed"
        before={draft.base}
        after={theirs.yaml}
      />
    </Flex>
  );
};
