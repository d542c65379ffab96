import { mockServices } from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { CatalogPeople } from './CatalogPeople';

const entity = (kind: string, name: string, values: object) => ({
  apiVersion: 'backstage.io/v1alpha1',
  kind,
  metadata: { namespace: 'default', name },
  ...values,
});

function setUp(
  catalog = catalogServiceMock({
    entities: [
      entity('User', 'student-1', {
        spec: { profile: { displayName: 'Ada' } },
      }),
      entity('Group', 'students', {
        metadata: {
          namespace: 'default',
          name: 'students',
          title: 'First years',
        },
      }),
      entity('Group', 'plain', {}),
    ],
  }),
) {
  return new CatalogPeople({
    auth: mockServices.auth(),
    catalog,
    logger: mockServices.logger.mock(),
  });
}

const refs = [
  'group:default/students',
  'user:default/nobody',
  'user:default/student-1',
  'group:default/plain',
];

describe('names of people', () => {
  it('are those of the catalog, or what is in the ref', async () => {
    const nameOf = await setUp().namesOf(refs);
    expect(refs.map(nameOf)).toEqual(['First years', 'nobody', 'Ada', 'plain']);
  });

  it('are what is in the refs while the catalog is away, which is no failure', async () => {
    const catalog = catalogServiceMock();
    jest
      .spyOn(catalog, 'getEntitiesByRefs')
      .mockRejectedValue(new Error('Away'));
    const nameOf = await setUp(catalog).namesOf(refs);
    expect(refs.map(nameOf)).toEqual([
      'students',
      'nobody',
      'student-1',
      'plain',
    ]);
  });

  it('cost no question when nobody is named', async () => {
    const catalog = catalogServiceMock();
    const ask = jest.spyOn(catalog, 'getEntitiesByRefs');
    await setUp(catalog).namesOf([]);
    expect(ask).not.toHaveBeenCalled();
  });
});
