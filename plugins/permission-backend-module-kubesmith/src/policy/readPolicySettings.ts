import type { Config } from '@backstage/config';

/** What the policy needs to know of the configuration. All refs are full entity refs in lower case. */
export type PolicySettings = {
  /** Users and groups who may do everything. */
  administrators: string[];
  /** Who runs which environment. */
  environments: { name: string; owner: string }[];
};

const ENTITY_REF = /^(user|group):[^:/\s]+\/[^:/\s]+$/i;

function readRef(value: string, key: string): string {
  if (!ENTITY_REF.test(value)) {
    throw new Error(
      `${key} must be a reference such as 'group:default/administrators', got '${value}'`,
    );
  }
  // Backstage issues the refs of a person's ownership in this form.
  return value.toLocaleLowerCase('en-US');
}

/**
 * Reads the part of `kubesmith:` that decides who may do what.
 *
 * @throws Error that names the key and what it should be
 */
export function readPolicySettings(config: Config): PolicySettings {
  const kubesmith = config.getOptionalConfig('kubesmith');
  return {
    administrators: (
      kubesmith?.getOptionalStringArray('administrators') ?? []
    ).map((ref, index) => readRef(ref, `kubesmith.administrators[${index}]`)),
    environments: (kubesmith?.getOptionalConfigArray('environments') ?? []).map(
      (environment, index) => ({
        name: environment.getString('name'),
        owner: readRef(
          environment.getString('owner'),
          `kubesmith.environments[${index}].owner`,
        ),
      }),
    ),
  };
}
