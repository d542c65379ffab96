import type {
  Cluster,
  OperationRequest,
} from '@kubesmith/plugin-kubesmith-common';
import type { ComponentType } from 'react';

/** The fields of a request besides its kind, as far as they are filled in. */
export type RequestFields = Omit<OperationRequest, 'kind'>;

/** Asks for what one kind of operation needs to know. */
export type OperationForm = {
  Fields: ComponentType<{
    cluster: Cluster;
    value: RequestFields;
    onChange: (value: RequestFields) => void;
  }>;
  /** What it begins with. */
  initial?: (cluster: Cluster) => RequestFields;
  /** Whether enough is filled in to ask for a plan. */
  isComplete: (value: RequestFields) => boolean;
};
