import {
  Alert,
  Button,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Flex,
  Text,
} from '@backstage/ui';
import { RiDownloadLine } from '@remixicon/react';
import { useState } from 'react';
import type { IssuedKubeconfig } from '../../api/kubesmithApi';
import { formatAbsolute } from '../../format/time';
import { CopyButton } from '../CopyButton';
import styles from './IssuedView.module.css';
import { roleLabel } from './roles';
import { saveFile } from '../../browser/saveFile';

/** The one time that the text of a kubeconfig is there: to download or to copy, and how to use it. */
export const IssuedView = (props: {
  clusterName: string;
  issued: IssuedKubeconfig;
  /** Called when the user has the text. */
  onSaved: () => void;
}) => {
  const { clusterName, issued, onSaved } = props;
  const [isSaved, setSaved] = useState(false);
  const [isShown, setShown] = useState(false);
  const file = `${clusterName}.kubeconfig.yaml`;
  const { namespaces } = issued.grant;
  // Nodes are no part of a namespace, and are not shown to who has only that.
  const firstCommand = namespaces
    ? namespaces.map(name => `kubectl get pods -n ${name}`).join('\n')
    : 'kubectl get nodes';

  const saved = () => {
    setSaved(true);
    onSaved();
  };

  return (
    <>
      <DialogHeader>Your kubeconfig for {clusterName}</DialogHeader>
      <DialogBody>
        <Flex direction="column" gap="4">
          <Alert
            role="status"
            status={isSaved ? 'success' : 'warning'}
            icon
            title={
              isSaved
                ? 'You have it. Closing this window forgets it here.'
                : 'It is shown this once. Download or copy it before you close this window.'
            }
          />
          <Text>
            Role {roleLabel(issued.grant.role)}
            {namespaces && ` in ${namespaces.join(', ')}`}, valid until{' '}
            <strong>
              {formatAbsolute(Date.parse(issued.grant.expiresAt))}
            </strong>
            . Whoever has the file acts in your name: do not share it. You can
            revoke it on the cluster's page at any time.
          </Text>
          <Flex gap="2">
            <Button
              variant="primary"
              // The dialog changed under the user's hands: this is the next step.
              // eslint-disable-next-line jsx-a11y/no-autofocus
              autoFocus
              iconStart={<RiDownloadLine aria-hidden />}
              onPress={() => {
                saveFile(file, issued.kubeconfig, 'application/yaml');
                saved();
              }}
            >
              Download kubeconfig
            </Button>
            <CopyButton
              label="Copy kubeconfig"
              text={issued.kubeconfig}
              onCopied={saved}
            />
            <Button
              variant="tertiary"
              size="small"
              aria-expanded={isShown}
              onPress={() => setShown(!isShown)}
            >
              {isShown ? 'Hide text' : 'Show text'}
            </Button>
          </Flex>
          {isShown && (
            <pre
              className={styles.code}
              aria-label="Text of the kubeconfig"
              // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls by keyboard
              tabIndex={0}
            >
              {issued.kubeconfig}
            </pre>
          )}
          <Text as="h3" weight="bold">
            How to use it
          </Text>
          <pre className={styles.code} aria-label="Commands">
            {`chmod 600 ~/Downloads/${file}
export KUBECONFIG=~/Downloads/${file}
${firstCommand}`}
          </pre>
        </Flex>
      </DialogBody>
      <DialogFooter>
        <Button variant="secondary" slot="close">
          {isSaved ? 'Done' : 'Close without saving'}
        </Button>
      </DialogFooter>
    </>
  );
};
