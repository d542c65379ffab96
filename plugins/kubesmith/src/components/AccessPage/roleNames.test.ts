import type { PolicyRole } from '@kubesmith/plugin-kubesmith-common';
import { copyOf, nameFor } from './roleNames';

const role = (name: string, title?: string): PolicyRole => ({
  name,
  title,
  members: [],
  rules: [],
});

describe('nameFor', () => {
  it.each([
    ['First-year students', 'first-year-students'],
    ['  Übungsgruppe #3 ', 'ubungsgruppe-3'],
    ['2026', 'role'],
    ['學生', 'role'],
    [undefined, 'role'],
    ['Taken', 'taken-2'],
  ])('makes a name of %j', (title, name) => {
    expect(nameFor(title, ['taken'])).toBe(name);
  });

  it('stays within what a name may be', () => {
    const name = nameFor('x '.repeat(100), []);
    expect(name).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
  });
});

describe('copyOf', () => {
  it('tells a copy from what it was copied from', () => {
    expect(copyOf(role('a', 'Alpha'), [role('a', 'Alpha')])).toEqual(
      role('alpha-copy', 'Alpha (copy)'),
    );
    expect(copyOf(role('a'), [role('b')])).toEqual(role('a'));
  });
});
