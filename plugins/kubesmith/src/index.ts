/**
 * The pages of Kubesmith: clusters, their progress and their kubeconfigs.
 *
 * @packageDocumentation
 */
export {
  kubesmithApiRef,
  type AuditQuery,
  type ClusterQuery,
  type IssuedKubeconfig,
  type KubesmithApi,
} from './api/kubesmithApi';
export { kubesmithPlugin as default } from './plugin';
