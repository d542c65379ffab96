import { setTimeout as sleep } from 'node:timers/promises';
import type { AuthService } from '@backstage/backend-plugin-api';
import type { ActionContext } from '@backstage/plugin-scaffolder-node';
import type {
  Operation,
  OperationEvent,
  OperationStep,
} from '@kubesmith/plugin-kubesmith-common';
import type { KubesmithService } from '@kubesmith/plugin-kubesmith-node';
import { StepReporter } from './StepReporter';
import { describeFailure, toTaskError } from './errors';
import { type Patience, defaultPatience, patiently } from './patiently';

/** What the actions need of the backend. */
export type ActionDeps = {
  auth: AuthService;
  kubesmith: KubesmithService;
  limits?: FollowLimits;
};

/** How long to follow a step, in milliseconds. */
export type FollowLimits = Patience & {
  /** Longest time for a whole step. The engine has limits of its own and ends earlier. */
  stepMs: number;
  /** Shortest time between two questions. */
  betweenMs: number;
};

/** What is right for a portal; tests are less patient. */
export const defaultLimits: FollowLimits = {
  ...defaultPatience,
  stepMs: 3 * 3_600_000,
  betweenMs: 250,
};

/** How long the backend may hold back its answer while nothing happens. */
const WAIT_SECONDS = 10;
/** After that, a question without an answer is lost. Well above {@link WAIT_SECONDS}. */
const ANSWER_TIMEOUT_MS = 45_000;

/** What of an action's context is needed here. */
export type StepContext = Pick<
  ActionContext<any, any>,
  'getInitiatorCredentials' | 'logger' | 'signal' | 'task'
>;

type News = {
  operation: Operation;
  step: OperationStep;
  events: OperationEvent[];
};

/**
 * Ensures one step of an operation and stays with it until it ends: starts it when it is due, attaches when it runs
 * already, returns at once when it is done. The engine does the work and goes on without us.
 *
 * The operation that this task submitted is driven with the scaffolder's own credentials and this task's id, so that an
 * expired user token breaks nothing. Any other operation is only watched, as the user, and only if the user may see it.
 *
 * @returns the step and its operation as they are after success
 * @throws Error with code and next step when the step failed, was cancelled, or did not end in time
 */
export async function followStep(
  deps: ActionDeps,
  options: { ctx: StepContext; operationId: string; step: string },
): Promise<{ operation: Operation; step: OperationStep }> {
  try {
    return await follow(deps, options);
  } catch (error) {
    throw toTaskError(error);
  }
}

async function follow(
  deps: ActionDeps,
  options: { ctx: StepContext; operationId: string; step: string },
): Promise<{ operation: Operation; step: OperationStep }> {
  const { auth, kubesmith, limits = defaultLimits } = deps;
  const { ctx, operationId, step: stepName } = options;
  const { logger, signal, task } = ctx;
  const ask = <T>(call: () => Promise<T>) =>
    patiently(call, { logger, patience: limits, signal });
  const own = () => auth.getOwnServiceCredentials();

  const before = await ask(async () =>
    kubesmith.getOperation({ operationId }, { credentials: await own() }),
  );
  const mine = before.taskId === task.id;
  const credentials = mine ? own : () => ctx.getInitiatorCredentials();

  const done = before.steps.find(step => step.name === stepName);
  if (mine && done && hasEndedWell(done)) {
    logger.info(`${done.title}: done already`);
    return { operation: before, step: done };
  }
  if (mine && hasEndedBadly(before)) {
    // It ended before this action began, so somebody asked for the task to be tried again: that is the user's wish.
    logger.info(`Going on with the operation, which ended as ${before.status}`);
    await kubesmith.retryOperation(
      { operationId },
      { credentials: await ctx.getInitiatorCredentials() },
    );
  }

  const reporter = new StepReporter({ logger, step: stepName });
  const poll = async (): Promise<News> => {
    const callOptions = {
      credentials: await credentials(),
      signal: withTimeout(signal),
    };
    const afterEvent = reporter.lastEvent;
    return mine
      ? kubesmith.ensureStep(
          {
            operationId,
            step: stepName,
            taskId: task.id,
            afterEvent,
            waitSeconds: WAIT_SECONDS,
          },
          callOptions,
        )
      : watch(kubesmith, {
          operationId,
          step: stepName,
          afterEvent,
          callOptions,
        });
  };

  const endAt = Date.now() + limits.stepMs;
  try {
    while (Date.now() < endAt) {
      const news = await ask(poll);
      reporter.report(news);
      if (hasEndedWell(news.step)) {
        return { operation: news.operation, step: news.step };
      }
      throwIfEnded(news);
      await sleep(mine ? limits.betweenMs : limits.betweenMs * 8, undefined, {
        signal,
      });
    }
  } catch (error) {
    if (!signal?.aborted || !mine) {
      throw error;
    }
    await requestCancel(deps, { ctx, operationId });
    throw new Error(
      'The task was cancelled; the operation stops at the next safe point. Press "Retry" on the cluster\'s page to go on, or delete it. (KUBESMITH-CANCELLED)',
    );
  }
  throw new Error(
    `The step did not end in ${Math.round(
      limits.stepMs / 60_000,
    )} minutes. Look at the cluster's page: the operation may still go on. (KUBESMITH-STEP-TIMEOUT)`,
  );
}

function hasEndedWell(step: OperationStep): boolean {
  return step.status === 'succeeded' || step.status === 'skipped';
}

function hasEndedBadly(operation: Operation): boolean {
  return operation.status === 'failed' || operation.status === 'cancelled';
}

function throwIfEnded({ operation, step }: News): void {
  const failure = step.failure ?? operation.failure;
  if (hasEndedBadly(operation)) {
    throw new Error(
      failure
        ? describeFailure(failure)
        : `The operation ended as ${operation.status}. Press "Retry" on the cluster's page to go on. (KUBESMITH-OPERATION-OVER)`,
    );
  }
  if (operation.status === 'succeeded') {
    throw new Error(
      `The operation is over and its step '${step.name}' was not done. Look at the cluster's page. (KUBESMITH-OPERATION-OVER)`,
    );
  }
}

function withTimeout(signal?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

/** News of a step that somebody else drives, in the form in which `ensureStep` answers. */
async function watch(
  kubesmith: KubesmithService,
  options: {
    operationId: string;
    step: string;
    afterEvent: number;
    callOptions: Parameters<KubesmithService['getOperation']>[1];
  },
): Promise<News> {
  const { operationId, callOptions } = options;
  const { items: events } = await kubesmith.listOperationEvents(
    { operationId, after: options.afterEvent },
    callOptions,
  );
  const operation = await kubesmith.getOperation({ operationId }, callOptions);
  const step = operation.steps.find(({ name }) => name === options.step);
  if (!step) {
    throw new Error(
      `The operation has no step '${options.step}'. Use the template as it is. (KUBESMITH-STEP-UNKNOWN)`,
    );
  }
  return { operation, step, events };
}

/** Passes the cancellation on. The task's signal is spent by now, so this has a limit of its own. */
async function requestCancel(
  { auth, kubesmith, limits = defaultLimits }: ActionDeps,
  options: { ctx: StepContext; operationId: string },
): Promise<void> {
  const { logger, task } = options.ctx;
  try {
    await patiently(
      async () =>
        kubesmith.cancelOperation(
          {
            operationId: options.operationId,
            taskId: task.id,
            reason: 'The task was cancelled',
          },
          { credentials: await auth.getOwnServiceCredentials() },
        ),
      {
        logger,
        patience: { ...limits, awayMs: Math.min(limits.awayMs, 30_000) },
      },
    );
    logger.info('Asked the engine to stop at the next safe point');
  } catch (error) {
    logger.error(
      `The engine could not be told to stop (${
        (error as Error).message
      }). Delete the cluster to stop it.`,
    );
  }
}
