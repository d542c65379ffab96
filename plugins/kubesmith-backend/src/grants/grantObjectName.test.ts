import { hostileTexts } from '@kubesmith/hostile-texts';
import { grantObjectName } from './grantObjectName';

const id = '6f0c1c57-7a30-4b16-8d1f-2d3e11a2e0aa';

describe('grantObjectName', () => {
  it.each([
    ['user:default/ada', `ada-${id}`],
    ['user:staff/ada', `staff-ada-${id}`],
    ['user:default/Ada.Lovelace_1', `ada-lovelace-1-${id}`],
    [
      `user:default/${'a'.repeat(25)}.${'b'.repeat(30)}`,
      `${'a'.repeat(25)}-${id}`,
    ],
    ['user:default/___', `user-${id}`],
  ])('of %s is %s', (userRef, name) => {
    expect(grantObjectName(userRef, id)).toBe(name);
  });

  it('is a DNS label whatever the user is called', () => {
    for (const text of hostileTexts) {
      const name = grantObjectName(`user:default/${text}`, id);
      expect(name).toMatch(/^[a-z0-9][-a-z0-9]{0,61}[a-z0-9]$/);
      expect(name.endsWith(`-${id}`)).toBe(true);
    }
  });
});
