import type { PolicyRole } from '@kubesmith/plugin-kubesmith-common';
import { describeChange } from './describeChange';

const names = {
  environment: (name: string) => name,
  entity: (ref: string) => ref.split('/')[1],
};
const role = (name: string, values: Partial<PolicyRole> = {}): PolicyRole => ({
  name,
  title: name.toLocaleUpperCase(),
  members: ['user:default/sam'],
  rules: [{ effect: 'allow', verbs: ['read'], where: 'all', whose: 'own' }],
  ...values,
});

describe('describeChange', () => {
  it('says what each role gains and loses', () => {
    expect(
      describeChange(
        [role('a'), role('b'), role('c'), role('d')],
        [
          role('a'),
          role('b', { members: ['user:default/eve'] }),
          role('d', { title: 'Other' }),
          role('e'),
        ],
        names,
      ),
    ).toEqual([
      {
        title: 'B',
        kind: 'changed',
        added: ['Member: eve'],
        removed: ['Member: sam'],
      },
      {
        title: 'C',
        kind: 'removed',
        added: [],
        removed: ['Member: sam', 'may see their own clusters everywhere'],
      },
      { title: 'Other', kind: 'changed', added: [], removed: [] },
      {
        title: 'E',
        kind: 'new',
        added: ['Member: sam', 'may see their own clusters everywhere'],
        removed: [],
      },
    ]);
  });
});
