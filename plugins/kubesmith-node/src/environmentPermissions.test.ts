import { environmentRules } from './environmentPermissions';
import { toEnvironmentCriteria } from './policyCriteria';

const course = { name: 'course', owner: 'group:default/instructors' };

describe('rules for environments', () => {
  it.each([
    ['isNamed', { names: ['other', 'course'] }, true],
    ['isNamed', { names: ['group:default/instructors'] }, false],
    ['isNamed', { names: [] }, false],
    ['isRunBy', { claims: ['group:default/instructors'] }, true],
    ['isRunBy', { claims: ['course', 'user:default/ivy'] }, false],
  ] as const)('%s with %j is %s', (name, params, expected) => {
    expect(environmentRules[name].apply(course, params as never)).toBe(
      expected,
    );
  });

  it('say what policies say', () => {
    expect(
      toEnvironmentCriteria({
        anyOf: [
          { fact: 'environment', values: ['course'] },
          { fact: 'environmentOwner', values: ['group:default/x'] },
        ],
      }),
    ).toEqual({
      anyOf: [
        {
          rule: 'IS_NAMED',
          resourceType: 'kubesmith-environment',
          params: { names: ['course'] },
        },
        {
          rule: 'IS_RUN_BY',
          resourceType: 'kubesmith-environment',
          params: { claims: ['group:default/x'] },
        },
      ],
    });
    expect(() =>
      toEnvironmentCriteria({ fact: 'owner', values: ['user:default/x'] }),
    ).toThrow('not decided by owner');
  });
});
