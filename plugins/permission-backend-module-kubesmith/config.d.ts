export interface Config {
  kubesmith?: {
    /** Users and groups who are meant by `$administrators`, as full entity refs. */
    administrators?: string[];
    /** Who may do what. */
    policies?: {
      /**
       * YAML files with policies; they are then read-only in the portal, and changes in them hold at once. Paths count from
       * where the backend runs. Without files, policies are kept in the database.
       */
      files?: string[];
      /**
       * What signed-in people may do with permissions that are not Kubesmith's: `allow` (default) as in a portal without
       * policies, or `deny`.
       */
      otherwise?: 'allow' | 'deny';
    };
  };
}
