import type { ClusterRecord } from '../database/records';

/** The port of the Kubernetes API on a cluster's address. */
export const API_SERVER_PORT = 6443;

/** Where the Kubernetes API of a cluster answers. */
export function apiServerUrl(cluster: Pick<ClusterRecord, 'vip'>): string {
  return `https://${cluster.vip}:${API_SERVER_PORT}`;
}
