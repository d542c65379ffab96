import type { AuthService } from '@backstage/backend-plugin-api';
import {
  RELATION_MEMBER_OF,
  parseEntityRef,
  stringifyEntityRef,
} from '@backstage/catalog-model';
import type { CatalogService } from '@backstage/plugin-catalog-node';
import type { PolicySubject } from '@kubesmith/plugin-kubesmith-common';

const FIELDS = ['kind', 'metadata.namespace', 'metadata.name', 'relations'];
const PAGE = 1000;

/** The users and groups of the catalog, as a sign-in sees them: a person's groups are those of which they are members. */
export class CatalogPeople {
  readonly #auth: AuthService;
  readonly #catalog: CatalogService;

  constructor(options: { auth: AuthService; catalog: CatalogService }) {
    this.#auth = options.auth;
    this.#catalog = options.catalog;
  }

  /** All of them. */
  async list(): Promise<PolicySubject[]> {
    const credentials = await this.#auth.getOwnServiceCredentials();
    const people: PolicySubject[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#catalog.queryEntities(
        cursor
          ? { cursor, fields: FIELDS, limit: PAGE }
          : { filter: { kind: 'User' }, fields: FIELDS, limit: PAGE },
        { credentials },
      );
      people.push(...page.items.map(toSubject));
      cursor = page.pageInfo.nextCursor;
    } while (cursor);
    return people;
  }

  /** One of them; undefined if the catalog does not know the person. */
  async get(userRef: string): Promise<PolicySubject | undefined> {
    const { items } = await this.#byRefs([userRef]);
    return items[0] && toSubject(items[0]);
  }

  /** Which of the users and groups the catalog does not know. */
  async unknown(refs: readonly string[]): Promise<Set<string>> {
    const asked = [...new Set(refs)];
    if (asked.length === 0) {
      return new Set();
    }
    const { items } = await this.#byRefs(asked);
    return new Set(asked.filter((_, index) => !items[index]));
  }

  async #byRefs(entityRefs: string[]) {
    return this.#catalog.getEntitiesByRefs(
      { entityRefs, fields: FIELDS },
      { credentials: await this.#auth.getOwnServiceCredentials() },
    );
  }
}

function toSubject(
  entity: Parameters<typeof stringifyEntityRef>[0] & {
    relations?: { type: string; targetRef: string }[];
  },
): PolicySubject {
  const userRef = stringifyEntityRef(entity);
  const groups = (entity.relations ?? [])
    .filter(
      ({ type, targetRef }) =>
        type === RELATION_MEMBER_OF &&
        parseEntityRef(targetRef).kind.toLocaleLowerCase('en-US') === 'group',
    )
    .map(({ targetRef }) => targetRef.toLocaleLowerCase('en-US'));
  return { userRef, claims: [userRef, ...new Set(groups)] };
}
