import {
  CLUSTER_NAME_PATTERN,
  type FieldProblem,
  type OrderDraft,
  type Size,
  fieldProblem,
  maxClusterNameLength,
} from '@kubesmith/plugin-kubesmith-common';
import type { EnvironmentConfig } from '../config/types';
import { quoted } from '../errors/quoted';
import type { PoolUsage } from '../pools/PoolStore';
import { noteDecision } from '../permissions/decisionsMade';
import { type Orderer, toOrderResource } from './caller';
import { readEntityRef } from './readEntityRef';
import { reasonProblem } from './reasonProblem';

/** What an order is checked against. */
export interface OrderRules {
  caller: Orderer;
  /** Where the caller may order, with the sizes and versions that the caller may choose. */
  environments: EnvironmentConfig[];
  isNameTaken(cluster: { environment: string; name: string }): Promise<boolean>;
  poolUsage(poolId: string): Promise<PoolUsage>;
}

/** An order in which everything is known to be possible, with defaults filled in. */
export interface CheckedOrder {
  name: string;
  environment: EnvironmentConfig;
  owner: string;
  size: Size;
  workers: number;
  kubernetesVersion: string;
  reason?: string;
}

/** How many addresses a cluster needs: the control plane, the workers and the address of the API. */
export function addressesNeeded(workers: number): number {
  return workers + 2;
}

/**
 * Checks an order and reports every mistake at once. The form, `POST /v1/orders/check` and `POST /v1/clusters` all use it.
 * What only a transaction can promise (name, addresses) is checked again there.
 */
export async function validateOrder(
  draft: OrderDraft,
  rules: OrderRules,
): Promise<{ problems: FieldProblem[]; order?: CheckedOrder }> {
  const problems: FieldProblem[] = [];
  const note = (found: FieldProblem | undefined) => {
    if (found) {
      problems.push(found);
    }
  };

  for (const field of ['name', 'environment', 'size', 'workers'] as const) {
    if (draft[field] === undefined || draft[field] === '') {
      note(fieldProblem(field, 'KUBESMITH-FIELD-MISSING', { field }));
    }
  }
  const environment = rules.environments.find(
    ({ name }) => name === draft.environment,
  );
  if (draft.environment && !environment) {
    note(unknownEnvironment(draft.environment, rules.environments));
  }
  if (draft.name) {
    note(await nameProblem(draft.name, environment, rules));
  }
  const owner = readEntityRef(draft.owner || rules.caller.userRef);
  note(ownerProblem(owner, draft.owner ?? '', environment, rules));

  if (environment) {
    note(sizeProblem(draft.size, environment));
    note(versionProblem(draft.kubernetesVersion, environment));
    note(await workersProblem(draft.workers, environment, rules));
  }
  note(reasonProblem(draft.reason));

  if (problems.length > 0) {
    return { problems };
  }
  const order: CheckedOrder = {
    name: draft.name!,
    environment: environment!,
    owner: owner!,
    size: environment!.sizes.find(({ name }) => name === draft.size)!,
    workers: draft.workers!,
    kubernetesVersion:
      draft.kubernetesVersion || environment!.kubernetesVersions[0],
    reason: draft.reason || undefined,
  };
  const refused = togetherProblem(order, rules);
  return refused ? { problems: [refused] } : { problems, order };
}

/** Each choice is possible by itself. Policies may still refuse them together. */
function togetherProblem(
  { environment, owner, size, kubernetesVersion }: CheckedOrder,
  { caller }: OrderRules,
): FieldProblem | undefined {
  const facts = toOrderResource(environment, {
    owner,
    size: size.name,
    kubernetesVersion,
  });
  const allowed = caller.mayOrder(facts);
  noteDecision({ verb: 'create', facts, allowed });
  return allowed
    ? undefined
    : fieldProblem('size', 'KUBESMITH-ORDER-NOT-ALLOWED', {
        size: size.name,
        version: kubernetesVersion,
        owner,
        environment: environment.name,
      });
}

function unknownEnvironment(
  environment: string,
  choices: EnvironmentConfig[],
): FieldProblem {
  return fieldProblem('environment', 'KUBESMITH-ENVIRONMENT-UNKNOWN', {
    environment: quoted(environment),
    choices: listed(choices.map(({ name }) => name)),
  });
}

async function nameProblem(
  name: string,
  environment: EnvironmentConfig | undefined,
  rules: OrderRules,
): Promise<FieldProblem | undefined> {
  if (!CLUSTER_NAME_PATTERN.test(name)) {
    return fieldProblem('name', 'KUBESMITH-NAME-INVALID', {
      name: quoted(name),
    });
  }
  if (!environment) {
    return undefined;
  }
  const max = maxClusterNameLength(environment.name);
  if (name.length > max) {
    return fieldProblem('name', 'KUBESMITH-NAME-TOO-LONG', {
      name,
      environment: environment.name,
      max,
    });
  }
  return (await rules.isNameTaken({ environment: environment.name, name }))
    ? nameTaken({ environment: environment.name, name })
    : undefined;
}

/** The name belongs to a live cluster. */
export function nameTaken(cluster: {
  environment: string;
  name: string;
}): FieldProblem {
  return fieldProblem('name', 'KUBESMITH-NAME-TAKEN', cluster);
}

function ownerProblem(
  owner: string | undefined,
  given: string,
  environment: EnvironmentConfig | undefined,
  { caller, environments }: OrderRules,
): FieldProblem | undefined {
  if (!owner) {
    return fieldProblem('owner', 'KUBESMITH-OWNER-INVALID', {
      owner: quoted(given),
    });
  }
  // Without an environment that the caller may order in, any of them may be meant.
  const places = environment ? [environment] : environments;
  const possible = (candidate: string) =>
    places.some(place =>
      place.sizes.some(({ name: size }) =>
        place.kubernetesVersions.some(kubernetesVersion =>
          caller.mayOrder(
            toOrderResource(place, {
              owner: candidate,
              size,
              kubernetesVersion,
            }),
          ),
        ),
      ),
    );
  const own = [...new Set([caller.userRef, ...caller.claims])];
  return possible(owner) || (places.length === 0 && own.includes(owner))
    ? undefined
    : fieldProblem('owner', 'KUBESMITH-OWNER-NOT-YOURS', {
        owner,
        choices: listed(own.filter(possible)),
      });
}

function sizeProblem(
  size: string | undefined,
  environment: EnvironmentConfig,
): FieldProblem | undefined {
  const choices = environment.sizes.map(({ name }) => name);
  return !size || choices.includes(size)
    ? undefined
    : fieldProblem('size', 'KUBESMITH-SIZE-UNKNOWN', {
        size: quoted(size),
        environment: environment.name,
        choices: listed(choices),
      });
}

function versionProblem(
  version: string | undefined,
  environment: EnvironmentConfig,
): FieldProblem | undefined {
  const choices = environment.kubernetesVersions;
  return !version || choices.includes(version)
    ? undefined
    : fieldProblem('kubernetesVersion', 'KUBESMITH-VERSION-UNKNOWN', {
        version: quoted(version),
        environment: environment.name,
        choices: listed(choices),
      });
}

async function workersProblem(
  workers: number | undefined,
  environment: EnvironmentConfig,
  rules: OrderRules,
): Promise<FieldProblem | undefined> {
  if (workers === undefined) {
    return undefined;
  }
  if (
    !Number.isInteger(workers) ||
    workers < 0 ||
    workers > environment.maxWorkers
  ) {
    return fieldProblem('workers', 'KUBESMITH-WORKERS-INVALID', {
      workers,
      max: environment.maxWorkers,
    });
  }
  const { free } = await rules.poolUsage(environment.pool.name);
  const needed = addressesNeeded(workers);
  return free < needed
    ? poolExhausted({ pool: environment.pool.name, free, needed })
    : undefined;
}

/** The pool has too few addresses. */
export function poolExhausted(values: {
  pool: string;
  free: number;
  needed: number;
}): FieldProblem {
  return fieldProblem('workers', 'KUBESMITH-POOL-EXHAUSTED', values);
}

function listed(choices: string[]): string {
  return choices.length > 0 ? choices.join(', ') : 'none';
}
