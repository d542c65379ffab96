import type { LoggerService } from '@backstage/backend-plugin-api';
import type { NotificationService } from '@backstage/plugin-notifications-node';
import type { EnvironmentRecord } from '../environments/records';
import type { CatalogPeople } from '../people/CatalogPeople';
import type { OrderRequestRecord } from './records';

/** Tells approvers and requesters about order requests. A portal without the notifications plugin is fine too. */
export class RequestNotices {
  readonly #deps: {
    /** Entity refs of those who are told beside the group that runs the environment. */
    administrators: string[];
    logger: LoggerService;
    notifications: NotificationService;
    people: Pick<CatalogPeople, 'namesOf'>;
  };

  constructor(deps: {
    administrators: string[];
    logger: LoggerService;
    notifications: NotificationService;
    people: Pick<CatalogPeople, 'namesOf'>;
  }) {
    this.#deps = deps;
  }

  /** An order waits: to those who may decide, as far as they are known by group. */
  async waiting(
    request: OrderRequestRecord,
    environment: Pick<EnvironmentRecord, 'owner' | 'title'>,
  ): Promise<void> {
    const nameOf = await this.#deps.people.namesOf([request.requester]);
    await this.#send(request, {
      to: [environment.owner, ...this.#deps.administrators],
      except: request.requester,
      title: `${nameOf(request.requester)} asks for the cluster ${
        request.draft.name
      }`,
      description: `In ${environment.title}. ${request.why.join(' ')}`,
    });
  }

  /** It is over: to who asked. */
  async over(request: OrderRequestRecord): Promise<void> {
    const { decidedBy, decisionReason, draft, status } = request;
    const title = {
      approved: `The cluster ${draft.name} was approved and is being built`,
      refused: `The cluster ${draft.name} was not approved`,
      expired: `Nobody decided about the cluster ${draft.name} in time`,
    }[status as 'approved' | 'refused' | 'expired'];
    const nameOf = await this.#deps.people.namesOf(
      decidedBy ? [decidedBy] : [],
    );
    await this.#send(request, {
      to: [request.requester],
      title,
      description: decidedBy
        ? `By ${nameOf(decidedBy)}${
            decisionReason ? `: ${decisionReason}` : '.'
          }`
        : 'Order it again if you still need it.',
    });
  }

  async #send(
    { id }: OrderRequestRecord,
    message: {
      to: string[];
      except?: string;
      title: string;
      description: string;
    },
  ): Promise<void> {
    const { to, except, title, description } = message;
    try {
      await this.#deps.notifications.send({
        recipients: {
          type: 'entity',
          entityRef: to,
          ...(except && { excludeEntityRef: except }),
        },
        payload: {
          title,
          description,
          link: `/kubesmith/requests?request=${id}`,
          topic: 'kubesmith',
          scope: `kubesmith:order-request:${id}`,
        },
      });
    } catch (error) {
      this.#deps.logger.info('Nobody was notified about an order request', {
        orderRequestId: id,
        error: String(error),
      });
    }
  }
}
