import type { EnvironmentConfig, KubesmithConfig } from '../config/types';

/** Who asks. */
export interface Caller {
  /** Entity ref of the user. */
  userRef: string;
  /** The user's own ref and those of the user's groups. */
  claims: string[];
}

/** Whether the caller is one of the department's administrators. */
export function isAdministrator(
  config: Pick<KubesmithConfig, 'administrators'>,
  caller: Caller,
): boolean {
  return intersects(config.administrators, caller.claims);
}

/** The environments in which the caller may order: those the caller runs or is a member of; all for administrators. */
export function orderableEnvironments(
  config: Pick<KubesmithConfig, 'administrators' | 'environments'>,
  caller: Caller,
): EnvironmentConfig[] {
  return config.environments.filter(({ owner, members }) =>
    intersects([owner, ...members, ...config.administrators], caller.claims),
  );
}

function intersects(a: string[], b: string[]): boolean {
  return a.some(item => b.includes(item));
}
