import { type Entity, parseEntityRef } from '@backstage/catalog-model';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { claimsOfPerson, people } from './people';

/** Who is called otherwise than in the ref. */
const displayNames: Record<string, string> = {
  students: 'Students of the course',
};

/** A catalog in memory with these people and their groups. It knows nothing else and checks no permission. */
export function catalogOfPeople() {
  const users = Object.values(people);
  const groups = new Set(
    users.flatMap(userRef => claimsOfPerson(userRef).slice(1)),
  );
  return catalogServiceMock.factory({
    entities: [
      ...users.map(userRef =>
        entity(userRef, 'memberOf', claimsOfPerson(userRef).slice(1)),
      ),
      ...[...groups].map(group =>
        entity(
          group,
          'hasMember',
          users.filter(userRef => claimsOfPerson(userRef).includes(group)),
        ),
      ),
    ],
  });
}

function entity(ref: string, type: string, targets: string[]): Entity {
  const { kind, namespace, name } = parseEntityRef(ref);
  return {
    apiVersion: 'backstage.io/v1alpha1',
    kind: kind === 'user' ? 'User' : 'Group',
    metadata: { namespace, name },
    spec: { profile: { displayName: displayNames[name] } },
    relations: targets.map(targetRef => ({ type, targetRef })),
  };
}
