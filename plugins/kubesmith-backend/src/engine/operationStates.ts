import type { OperationStatus } from '@kubesmith/plugin-kubesmith-common';

/** The states of an operation that is not over. */
export const LIVE: OperationStatus[] = ['queued', 'running', 'waiting'];

/** The states of a step that is not to be done (any more). */
export const DONE = ['succeeded', 'skipped'];

/** A driver that was not heard of for so long is gone; the engine goes on by itself. */
export const DRIVER_TIMEOUT_MS = 30_000;
