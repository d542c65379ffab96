import type { AuthService, LoggerService } from '@backstage/backend-plugin-api';
import {
  type Entity,
  RELATION_HAS_MEMBER,
  RELATION_MEMBER_OF,
} from '@backstage/catalog-model';
import type { CatalogService } from '@backstage/plugin-catalog-node';
import { unavailable } from '../errors/apiErrors';

const FIELDS = ['kind', 'metadata.namespace', 'metadata.name', 'relations'];

/** The users and groups of the catalog: who there is, and who is a member of what. Throws a 503 when the catalog is away. */
export class CatalogPeople {
  readonly #auth: AuthService;
  readonly #catalog: CatalogService;
  readonly #logger: LoggerService;

  constructor(deps: {
    auth: AuthService;
    catalog: CatalogService;
    logger: LoggerService;
  }) {
    this.#auth = deps.auth;
    this.#catalog = deps.catalog;
    this.#logger = deps.logger;
  }

  /** Whether the catalog knows a user or group. */
  async knows(entityRef: string): Promise<boolean> {
    return (await this.#get(entityRef)) !== undefined;
  }

  /** The ref of a user and those of the user's groups, as a sign-in would give them. */
  async claimsOf(userRef: string): Promise<string[]> {
    const groups = relations(await this.#get(userRef), RELATION_MEMBER_OF);
    return [userRef, ...groups.filter(ref => ref.startsWith('group:'))];
  }

  /** The refs of the users who are members of a group. */
  async membersOf(groupRef: string): Promise<Set<string>> {
    return new Set(relations(await this.#get(groupRef), RELATION_HAS_MEMBER));
  }

  async #get(entityRef: string): Promise<Entity | undefined> {
    const credentials = await this.#auth.getOwnServiceCredentials();
    const { items } = await this.#catalog
      .getEntitiesByRefs(
        { entityRefs: [entityRef], fields: FIELDS },
        { credentials },
      )
      .catch(error => {
        this.#logger.warn('The catalog was not asked about people', error);
        throw unavailable('KUBESMITH-CATALOG-AWAY', {});
      });
    return items[0];
  }
}

function relations(entity: Entity | undefined, type: string): string[] {
  return (entity?.relations ?? [])
    .filter(relation => relation.type === type)
    .map(({ targetRef }) => targetRef.toLocaleLowerCase('en-US'));
}
