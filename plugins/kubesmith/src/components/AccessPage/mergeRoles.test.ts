import type { PolicyRole } from '@kubesmith/plugin-kubesmith-common';
import { mergeRoles } from './mergeRoles';

const role = (name: string, title = name): PolicyRole => ({
  name,
  title,
  members: [],
  rules: [],
});
const base = [role('a'), role('b'), role('c')];

describe('mergeRoles', () => {
  it('keeps what each of the two changed, added and removed', () => {
    expect(
      mergeRoles(
        base,
        [role('a', 'mine'), role('c'), role('new-mine')],
        [role('a'), role('b'), role('c', 'theirs'), role('new-theirs')],
      ),
    ).toEqual({
      roles: [
        role('a', 'mine'),
        role('c', 'theirs'),
        role('new-theirs'),
        role('new-mine'),
      ],
      contested: [],
    });
  });

  it('names the roles that both changed, and uses mine', () => {
    expect(
      mergeRoles(
        base,
        [role('a', 'mine'), role('b', 'both'), role('c', 'mine')],
        [role('a', 'theirs'), role('b', 'both')],
      ),
    ).toEqual({
      roles: [role('a', 'mine'), role('b', 'both'), role('c', 'mine')],
      contested: ['a', 'c'],
    });
  });
});
