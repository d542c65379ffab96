import { configApiRef, useApi } from '@backstage/frontend-plugin-api';
import {
  Alert,
  Button,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Flex,
  Text,
  TextField,
} from '@backstage/ui';
import { useState } from 'react';
import type { MadeToken } from '../../api/kubesmithApi';
import { formatAbsolute } from '../../format/time';
import { CopyButton } from '../CopyButton';
import styles from './ShownToken.module.css';

/** The one time that the text of a token is there: to copy, and how to use it. */
export const ShownToken = (props: {
  made: MadeToken;
  /** Called when the user has the text. */
  onCopied: () => void;
}) => {
  const { made, onCopied } = props;
  const { secret, token } = made;
  const configApi = useApi(configApiRef);
  const [isCopied, setCopied] = useState(false);
  const portal =
    configApi.getOptionalString('backend.baseUrl') ?? window.location.origin;

  const copied = () => {
    setCopied(true);
    onCopied();
  };

  return (
    <>
      <DialogHeader>Your access token '{token.name}'</DialogHeader>
      <DialogBody>
        <Flex direction="column" gap="4">
          <Alert
            role="status"
            status={isCopied ? 'success' : 'warning'}
            icon
            title={
              isCopied
                ? 'You have it. Closing this window forgets it here.'
                : 'It is shown this once. Copy it before you close this window.'
            }
          />
          <TextField
            label="Token"
            isReadOnly
            value={secret}
            className={styles.token}
            // Copied by hand where the browser does not let a button do it.
            onFocus={event => (event.target as HTMLInputElement).select()}
            onCopy={copied}
          />
          <Flex gap="2">
            <CopyButton label="Copy token" text={secret} onCopied={copied} />
          </Flex>
          <Text>
            It works until{' '}
            <strong>{formatAbsolute(Date.parse(token.expiresAt))}</strong>.
            Whoever has it acts in your name: keep it where your script keeps
            its secrets, never in Git.
          </Text>
          <Text as="h3" weight="bold">
            How to use it
          </Text>
          <pre className={styles.code} aria-label="Commands">
            {`curl -H "Authorization: Bearer $KUBESMITH_TOKEN" \\
  ${portal}/api/kubesmith/v1/clusters`}
          </pre>
        </Flex>
      </DialogBody>
      <DialogFooter>
        <Button variant="secondary" slot="close">
          {isCopied ? 'Done' : 'Close without copying'}
        </Button>
      </DialogFooter>
    </>
  );
};
