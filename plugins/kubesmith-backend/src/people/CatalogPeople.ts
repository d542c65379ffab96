import type { AuthService, LoggerService } from '@backstage/backend-plugin-api';
import {
  type Entity,
  RELATION_HAS_MEMBER,
  RELATION_MEMBER_OF,
} from '@backstage/catalog-model';
import type { CatalogService } from '@backstage/plugin-catalog-node';
import { unavailable } from '../errors/apiErrors';
import { shortRef } from './shortRef';

const NAME_FIELDS = ['metadata.title', 'spec.profile.displayName'];
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

  /**
   * What the catalog calls users and groups. Those that it does not know are called by what is in their ref, and so is
   * everybody while it is away: a name is never worth a failure.
   */
  async namesOf(
    entityRefs: readonly string[],
  ): Promise<(entityRef: string) => string> {
    const refs = [...new Set(entityRefs)];
    const found = refs.length > 0 ? await this.#namesIn(refs) : [];
    const names = new Map(refs.map((ref, index) => [ref, found[index]]));
    return ref => names.get(ref) ?? shortRef(ref);
  }

  async #namesIn(entityRefs: string[]): Promise<(string | undefined)[]> {
    try {
      const { items } = await this.#catalog.getEntitiesByRefs(
        { entityRefs, fields: NAME_FIELDS },
        { credentials: await this.#auth.getOwnServiceCredentials() },
      );
      return items.map(entity => {
        const profile = entity?.spec?.profile as
          | { displayName?: string }
          | undefined;
        return profile?.displayName ?? entity?.metadata?.title;
      });
    } catch (error) {
      this.#logger.info('The catalog did not say how people are called', {
        error: String(error),
      });
      return [];
    }
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
