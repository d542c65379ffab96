/** Somebody who is signed in, as the policy sees them. */
export type Subject = {
  userEntityRef: string;
  /** The person and the groups they belong to. */
  claims: string[];
  /** Names of the environments that one of the claims runs. */
  ledEnvironments: string[];
};
