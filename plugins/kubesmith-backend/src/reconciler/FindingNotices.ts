import type { LoggerService } from '@backstage/backend-plugin-api';
import type { NotificationService } from '@backstage/plugin-notifications-node';
import { repairsItself } from './kinds';
import type { FindingRecord } from './records';

/** More would not be read; the page has them all. */
const MOST_TOLD = 5;

/** Tells administrators of findings that the portal does not put right by itself. */
export class FindingNotices {
  readonly #deps: {
    administrators: string[];
    logger: LoggerService;
    notifications: Pick<NotificationService, 'send'>;
  };

  constructor(deps: {
    administrators: string[];
    logger: LoggerService;
    notifications: Pick<NotificationService, 'send'>;
  }) {
    this.#deps = deps;
  }

  /**
   * One notification for all; that it cannot be sent is no reason to stop.
   *
   * @returns of which somebody was told
   */
  async tell(findings: FindingRecord[]): Promise<FindingRecord[]> {
    const { administrators, logger, notifications } = this.#deps;
    const told = findings.filter(({ kind }) => !repairsItself(kind));
    if (told.length === 0 || administrators.length === 0) return [];
    const lines = told.slice(0, MOST_TOLD).map(({ detail }) => detail);
    if (told.length > MOST_TOLD)
      lines.push(`… and ${told.length - MOST_TOLD} more.`);
    try {
      await notifications.send({
        recipients: { type: 'entity', entityRef: administrators },
        payload: {
          title:
            told.length === 1 ? 'A new finding' : `${told.length} new findings`,
          description: lines.join('\n'),
          link: '/kubesmith/findings',
          severity: 'high',
          topic: 'kubesmith',
        },
      });
      return told;
    } catch (error) {
      logger.info('Nobody was notified of new findings yet', {
        error: String(error),
      });
      return [];
    }
  }
}
