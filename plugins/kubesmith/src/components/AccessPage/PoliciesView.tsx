import { toastApiRef, useApi } from '@backstage/frontend-plugin-api';
import {
  Alert,
  Button,
  Flex,
  Tab,
  TabList,
  TabPanel,
  Tabs,
  Text,
} from '@backstage/ui';
import type {
  CurrentPolicies,
  Environment,
} from '@kubesmith/plugin-kubesmith-common';
import { useState } from 'react';
import styles from './AccessPage.module.css';
import { AskView } from './AskView';
import { ConflictAlert } from './ConflictAlert';
import { describeChange } from './describeChange';
import { FileButtons } from './FileButtons';
import { HistoryView } from './HistoryView';
import { RolesView } from './RolesView';
import { SaveDialog } from './SaveDialog';
import { SourceState } from './SourceState';
import { TextView } from './TextView';
import { useLeaveGuard } from './useLeaveGuard';
import { usePolicyDraft, type PolicyDraft } from './usePolicyDraft';
import { usePolicyNames } from './usePolicyNames';

/** Everything about the policies, for who manages them. */
export const PoliciesView = (props: {
  /** The newest that is known of the policies in force. */
  current: CurrentPolicies;
  environments: readonly Environment[];
  me: string;
  /** Reads the policies in force now. */
  refresh: () => void;
}) => {
  const { current, environments, me, refresh } = props;
  const toastApi = useApi(toastApiRef);
  const draft = usePolicyDraft(current);
  const [isSaving, setSaving] = useState(false);
  const [tab, setTab] = useState('roles');
  const names = usePolicyNames(
    draft.roles ?? current.document.roles,
    environments,
  );
  useLeaveGuard(draft.isDirty);

  const { isOvertaken } = draft;
  const onChanged = (version: number) => {
    refresh();
    toastApi.post({
      title: `Saved as version ${version}; it holds from now on`,
      status: 'success',
      timeout: 5_000,
    });
  };
  const savedRoles = current.document.roles.map(({ name }) => name);

  return (
    <Flex direction="column" gap="4">
      <SourceState current={current} />
      {isOvertaken && <ConflictAlert draft={draft} theirs={current} />}
      {draft.isFromBefore && !isOvertaken && (
        <Alert
          role="status"
          status="info"
          icon
          title="These are your unsaved changes from before"
          description="Nothing of them holds yet."
        />
      )}
      <Tabs selectedKey={tab} onSelectionChange={key => setTab(String(key))}>
        <Flex justify="between" align="center" gap="3" className={styles.head}>
          <TabList aria-label="Access">
            <Tab id="roles">Roles</Tab>
            <Tab id="ask">What could this person do?</Tab>
            {current.writable && <Tab id="history">History</Tab>}
            <Tab id="text">As text</Tab>
          </TabList>
          <FileButtons
            version={current.version}
            yaml={current.yaml}
            onImport={
              current.writable
                ? text => {
                    draft.setText(text);
                    setTab('text');
                  }
                : undefined
            }
          />
        </Flex>
        <TabPanel id="roles" className={styles.panel}>
          <RolesView
            roles={draft.roles}
            savedNames={savedRoles}
            onChange={current.writable ? draft.setRoles : undefined}
            environments={environments}
            names={names}
            problems={draft.problems}
          />
        </TabPanel>
        <TabPanel id="ask" className={styles.panel}>
          <AskView version={current.version} names={names} />
        </TabPanel>
        {current.writable && (
          <TabPanel id="history" className={styles.panel}>
            <HistoryView version={current.version} onRolledBack={onChanged} />
          </TabPanel>
        )}
        <TabPanel id="text" className={styles.panel}>
          <TextView
            text={draft.text}
            onChange={current.writable ? draft.setText : undefined}
            problems={draft.problems}
          />
        </TabPanel>
      </Tabs>
      {draft.isDirty && (
        <section aria-label="Unsaved changes" className={styles.bar}>
          <Flex justify="between" align="center" gap="3">
            <div role="status" aria-live="polite">
              <Text weight="bold">Not saved yet. </Text>
              <Text color={draft.problems.length > 0 ? 'danger' : 'secondary'}>
                {stateOf(draft)}
              </Text>
            </div>
            <Flex gap="2">
              <Button variant="secondary" onPress={() => draft.reset(current)}>
                Throw away
              </Button>
              <Button
                variant="primary"
                isDisabled={
                  !draft.isChecked || draft.problems.length > 0 || isOvertaken
                }
                onPress={() => setSaving(true)}
              >
                Preview and save
              </Button>
            </Flex>
          </Flex>
        </section>
      )}
      {isSaving && (
        <SaveDialog
          version={draft.version}
          text={draft.text}
          changes={describeChange(
            current.document.roles,
            draft.roles ?? [],
            names,
          )}
          me={me}
          names={names}
          onClose={() => setSaving(false)}
          onConflict={() => {
            setSaving(false);
            refresh();
          }}
          onSaved={version => {
            setSaving(false);
            draft.reset({ version, yaml: draft.text });
            onChanged(version);
          }}
        />
      )}
    </Flex>
  );
};

/** How far the changes are from being saved. */
function stateOf(draft: PolicyDraft): string {
  const { problems, checkError, isChecked, isOvertaken } = draft;
  if (isOvertaken) {
    return 'Say above what shall become of your changes.';
  }
  if (problems.length > 0) {
    return problems.length === 1
      ? 'One mistake has to be mended first.'
      : `${problems.length} mistakes have to be mended first.`;
  }
  if (checkError) {
    return `It could not be checked: ${checkError.message}`;
  }
  return isChecked ? 'No mistakes.' : 'Checking…';
}
