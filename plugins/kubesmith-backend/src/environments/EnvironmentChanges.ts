import type { LoggerService } from '@backstage/backend-plugin-api';
import type { EventsService } from '@backstage/plugin-events-node';
import {
  ENVIRONMENTS_TOPIC,
  type EnvironmentChangedPayload,
} from '@kubesmith/plugin-kubesmith-common';

/** Tells the catalog that environments were made, changed or deleted. Only names are told. */
export class EnvironmentChanges {
  readonly #deps: { events: EventsService; logger: LoggerService };

  constructor(deps: { events: EventsService; logger: LoggerService }) {
    this.#deps = deps;
  }

  /** Never throws: the catalog reads everything again every few minutes, so a lost message only costs time. */
  async changed(names: string[]): Promise<void> {
    for (const environment of names) {
      const eventPayload: EnvironmentChangedPayload = { environment };
      try {
        await this.#deps.events.publish({
          topic: ENVIRONMENTS_TOPIC,
          eventPayload,
        });
      } catch (error) {
        this.#deps.logger.warn('Could not tell that an environment changed', {
          environment,
          error: String(error),
        });
      }
    }
  }
}
