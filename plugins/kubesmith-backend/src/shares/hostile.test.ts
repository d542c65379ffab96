import { mockServices } from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { hostileTexts } from '@kubesmith/hostile-texts';
import { CatalogPeople } from '../people/CatalogPeople';
import { subjectProblem } from '../people/subjectProblem';
import { namespacesProblem } from './namespaces';

const CONTROL = /\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

describe('hostile texts', () => {
  it('are no namespaces, unless Kubernetes takes them for names', () => {
    const taken = hostileTexts.filter(text => !namespacesProblem([text]));
    for (const text of taken) {
      expect(text).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
    }
    // Such as `true` and `constructor`.
    expect(taken.length).toBeLessThan(hostileTexts.length / 4);
    expect(namespacesProblem(['kube-public'])?.code).toBe(
      'KUBESMITH-NAMESPACE-RESERVED',
    );
  });

  it('are nobody, and are told in plain words', async () => {
    const asked: string[] = [];
    const people = {
      knows: async (ref: string) => {
        asked.push(ref);
        return false;
      },
    };
    for (const text of hostileTexts) {
      for (const subject of [text, `user:default/${text}`]) {
        const problem = await subjectProblem(people, subject);
        expect({ subject, field: problem?.field }).toEqual({
          subject,
          field: 'subject',
        });
        expect(problem!.message).not.toMatch(CONTROL);
        expect(problem!.message.length).toBeLessThan(300);
      }
      expect(namespacesProblem([text])?.message ?? '').not.toMatch(CONTROL);
    }
    // The catalog is asked about refs only.
    for (const ref of asked) expect(ref).toMatch(/^user:default\/[\w.-]+$/);
  });

  it('are nobody also when the catalog does not answer', async () => {
    const catalog = catalogServiceMock.mock();
    catalog.getEntitiesByRefs.mockRejectedValue(
      new Error('canary: connect ECONNREFUSED'),
    );
    const people = new CatalogPeople({
      auth: mockServices.auth(),
      catalog,
      logger: mockServices.logger.mock(),
    });
    await expect(
      subjectProblem(people, 'user:default/ada'),
    ).rejects.toMatchObject({
      code: 'KUBESMITH-CATALOG-AWAY',
      message: expect.not.stringContaining('canary'),
    });
  });
});
