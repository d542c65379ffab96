import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import { useState } from 'react';
import type { IssuedKubeconfig } from '../../api/kubesmithApi';
import { IssuedView } from './IssuedView';
import { IssueForm } from './IssueForm';

/** First what kind of kubeconfig, then the kubeconfig: its text lives in this component's state and nowhere else. */
export const KubeconfigDialog = (props: {
  cluster: Pick<Cluster, 'id' | 'name'>;
  onIssued: () => void;
  /** Says whether there is a text that was not saved yet. */
  onPrecious: (isPrecious: boolean) => void;
}) => {
  const { cluster, onIssued, onPrecious } = props;
  const [issued, setIssued] = useState<IssuedKubeconfig>();

  return issued ? (
    <IssuedView
      clusterName={cluster.name}
      issued={issued}
      onSaved={() => onPrecious(false)}
    />
  ) : (
    <IssueForm
      cluster={cluster}
      onIssued={answer => {
        setIssued(answer);
        onPrecious(true);
        onIssued();
      }}
    />
  );
};
