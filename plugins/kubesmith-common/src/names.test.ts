import { creatorLabelValue } from './annotations';
import { describeError, fieldProblem, kubesmithErrors } from './errors/codes';
import {
  CLUSTER_NAME_PATTERN,
  clusterEntityRef,
  environmentEntityRef,
  maxClusterNameLength,
  nodeName,
} from './names';

describe('names', () => {
  it.each(['a', 'a1', 'my-cluster', `a${'b'.repeat(39)}`])(
    '%s is a name',
    n => {
      expect(CLUSTER_NAME_PATTERN.test(n)).toBe(true);
    },
  );

  it.each([
    '',
    'A',
    '1a',
    '-a',
    'a-',
    'a_b',
    'a.b',
    'a\n',
    `a${'b'.repeat(40)}`,
  ])('%p is none', name => {
    expect(CLUSTER_NAME_PATTERN.test(name)).toBe(false);
  });

  it('builds refs', () => {
    const cluster = { environment: 'research', name: 'demo' };
    expect(clusterEntityRef(cluster)).toBe('resource:kubesmith/research.demo');
    expect(environmentEntityRef('research')).toBe('system:default/research');
  });

  it('leaves room for the environment in the entity name', () => {
    expect(maxClusterNameLength('research')).toBe(40);
    expect(maxClusterNameLength('distributed-systems-2026')).toBe(38);
  });

  it('numbers nodes by role', () => {
    expect(nodeName('demo', 'control-plane', 1)).toBe('demo-cp-1');
    expect(nodeName('demo', 'worker', 12)).toBe('demo-w-12');
  });
});

describe('creatorLabelValue', () => {
  it('makes a label of a ref, or nothing', () => {
    expect(creatorLabelValue('user:default/ada')).toBe('user.default.ada');
    expect(creatorLabelValue(`user:default/${'x'.repeat(60)}`)).toBeUndefined();
    expect(creatorLabelValue('user:default/ümlaut')).toBeUndefined();
  });
});

describe('error codes', () => {
  it('have a message and a remedy in full sentences', () => {
    for (const [code, { message, remedy }] of Object.entries(kubesmithErrors)) {
      expect(code).toMatch(/^KUBESMITH-[A-Z0-9-]+$/);
      expect(message).toMatch(/^['A-Z{].*[.}]$/);
      // One code tells of many fields, and is given the sentence.
      expect(remedy).toMatch(/^([A-Z].*\.|\{remedy\})$/);
    }
  });

  it('fill in values as they are', () => {
    expect(
      describeError('KUBESMITH-POOL-EXHAUSTED', {
        pool: '$& {free}',
        free: 0,
        needed: 3,
      }).message,
    ).toBe(
      "The address pool '$& {free}' has 0 free addresses; the order needs 3.",
    );
    expect(
      fieldProblem('name', 'KUBESMITH-FIELD-MISSING', { field: 'name' }),
    ).toEqual({
      field: 'name',
      code: 'KUBESMITH-FIELD-MISSING',
      message: "'name' is missing.",
      remedy: 'Fill it in.',
    });
  });
});
