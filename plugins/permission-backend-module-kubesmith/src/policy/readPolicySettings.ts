import type { Config } from '@backstage/config';

/** What the policy needs to know of the configuration. */
export type PolicySettings = {
  /** Who is meant by `$administrators`: full entity refs in lower case. */
  administrators: string[];
  /** Files with policies; without any, they are kept in the database. */
  files: string[];
  /** What signed-in people may do with what is not Kubesmith's. */
  otherwise: 'allow' | 'deny';
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
  const policies = kubesmith?.getOptionalConfig('policies');
  const otherwise = policies?.getOptionalString('otherwise') ?? 'allow';
  if (otherwise !== 'allow' && otherwise !== 'deny') {
    throw new Error(
      `kubesmith.policies.otherwise must be 'allow' or 'deny', got '${otherwise}'`,
    );
  }
  return {
    administrators: (
      kubesmith?.getOptionalStringArray('administrators') ?? []
    ).map((ref, index) => readRef(ref, `kubesmith.administrators[${index}]`)),
    files: policies?.getOptionalStringArray('files') ?? [],
    otherwise,
  };
}
