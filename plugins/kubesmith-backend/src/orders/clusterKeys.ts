/** Secret of a cluster: the private key of the account that Ansible uses. */
export const SSH_KEY_SECRET = 'ssh-key';
/** Secret of a cluster: the private key whose only use is kubectl. */
export const KUBECTL_KEY_SECRET = 'kubectl-key';
