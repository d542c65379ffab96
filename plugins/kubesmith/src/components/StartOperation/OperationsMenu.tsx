import { useApi } from '@backstage/frontend-plugin-api';
import {
  Alert,
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Flex,
  Menu,
  MenuItem,
  MenuTrigger,
  Text,
} from '@backstage/ui';
import type {
  Cluster,
  PossibleOperation,
} from '@kubesmith/plugin-kubesmith-common';
import { RiToolsLine } from '@remixicon/react';
import { useEffect, useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { StartOperationDialog } from './StartOperationDialog';

/** Why something cannot be done now: an entry that could not be chosen would keep that to itself. */
const NotNow = ({ operation }: { operation: PossibleOperation }) => (
  <>
    <DialogHeader>{operation.title}: not now</DialogHeader>
    <DialogBody>
      <Flex direction="column" gap="4">
        <Text>{operation.description}</Text>
        <Alert
          role="note"
          status="info"
          icon
          title={operation.why ?? 'This is not possible at the moment.'}
        />
      </Flex>
    </DialogBody>
    <DialogFooter>
      <Button variant="secondary" slot="close">
        Close
      </Button>
    </DialogFooter>
  </>
);

/** What can be done with a cluster, as a menu; nothing for those who may do nothing. */
export const OperationsMenu = (props: {
  cluster: Cluster;
  onStarted: () => void;
}) => {
  const { cluster, onStarted } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const [possible, setPossible] = useState<PossibleOperation[]>([]);
  const [chosen, setChosen] = useState<PossibleOperation>();

  const state = `${cluster.phase} ${cluster.operation?.id} ${cluster.operation?.status}`;
  useEffect(() => {
    let isStale = false;
    kubesmithApi.listPossibleOperations(cluster.id).then(
      items => isStale || setPossible(items),
      // Whatever is in the way of reading it is told by the cluster's own page, which asks the same API all the time.
      () => isStale || setPossible([]),
    );
    return () => {
      isStale = true;
    };
  }, [kubesmithApi, cluster.id, state]);

  if (possible.length === 0) {
    return null;
  }
  return (
    <>
      <MenuTrigger>
        <Button
          variant="secondary"
          size="medium"
          iconStart={<RiToolsLine aria-hidden />}
        >
          Change
        </Button>
        <Menu>
          {possible.map(operation => (
            <MenuItem
              key={operation.kind}
              onAction={() => setChosen(operation)}
            >
              {operation.title}
              {operation.available ? '' : ' (not now)'}
            </MenuItem>
          ))}
        </Menu>
      </MenuTrigger>
      <Dialog
        width={600}
        isOpen={chosen !== undefined}
        onOpenChange={isOpen => !isOpen && setChosen(undefined)}
      >
        {/* Each opening is a wish of its own. */}
        {chosen && !chosen.available && <NotNow operation={chosen} />}
        {chosen?.available && (
          <StartOperationDialog
            cluster={cluster}
            operation={chosen}
            onStarted={() => {
              setChosen(undefined);
              onStarted();
            }}
          />
        )}
      </Dialog>
    </>
  );
};
