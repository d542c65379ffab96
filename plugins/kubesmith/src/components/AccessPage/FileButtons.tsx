import { toastApiRef, useApi } from '@backstage/frontend-plugin-api';
import { Button, Flex } from '@backstage/ui';
import { MAX_POLICY_LENGTH } from '@kubesmith/plugin-kubesmith-common';
import { RiDownloadLine } from '@remixicon/react';
import { saveFile } from '../../browser/saveFile';
import { ChooseFile } from '../ChooseFile';

/** Takes policies from a file as unsaved changes, and gives those in force as a file. */
export const FileButtons = (props: {
  version: number;
  /** The policies in force. */
  yaml: string;
  /** Gets the file's text; nothing can be taken when missing. */
  onImport?: (text: string) => void;
}) => {
  const { version, yaml, onImport } = props;
  const toastApi = useApi(toastApiRef);

  const read = async (file: File) => {
    if (file.size > MAX_POLICY_LENGTH * 4) {
      toastApi.post({
        title: `${file.name} is too large to be policies`,
        description: `It has ${file.size} bytes; policies have at most ${MAX_POLICY_LENGTH} characters.`,
        status: 'danger',
      });
      return;
    }
    try {
      onImport?.(await file.text());
    } catch (error) {
      toastApi.post({
        title: `${file.name} could not be read`,
        description: String(error),
        status: 'danger',
      });
    }
  };

  return (
    <Flex gap="2">
      {onImport && (
        <ChooseFile
          label="File with policies"
          accept=".yaml,.yml,.json"
          onChoose={read}
        >
          Import
        </ChooseFile>
      )}
      <Button
        variant="secondary"
        iconStart={<RiDownloadLine aria-hidden />}
        onPress={() =>
          saveFile(
            `kubesmith-policies-${version}.yaml`,
            yaml,
            'application/yaml',
          )
        }
      >
        Export
      </Button>
    </Flex>
  );
};
