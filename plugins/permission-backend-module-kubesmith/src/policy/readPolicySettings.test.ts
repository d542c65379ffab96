import { ConfigReader } from '@backstage/config';
import { readPolicySettings } from './readPolicySettings';

describe('readPolicySettings', () => {
  it('should read administrators and who runs which environment', () => {
    expect(
      readPolicySettings(
        new ConfigReader({
          kubesmith: {
            administrators: ['Group:default/Administrators'],
            environments: [
              { name: 'course', owner: 'group:default/instructors' },
            ],
          },
        }),
      ),
    ).toEqual({
      administrators: ['group:default/administrators'],
      environments: [{ name: 'course', owner: 'group:default/instructors' }],
    });
  });

  it('should make nobody an administrator by default', () => {
    expect(readPolicySettings(new ConfigReader({}))).toEqual({
      administrators: [],
      environments: [],
    });
  });

  it.each([
    [{ administrators: ['administrators'] }, 'kubesmith.administrators[0]'],
    [
      { environments: [{ name: 'course', owner: 'instructors' }] },
      'kubesmith.environments[0].owner',
    ],
  ])('should name the key of a wrong reference', (kubesmith, key) => {
    expect(() => readPolicySettings(new ConfigReader({ kubesmith }))).toThrow(
      `${key} must be a reference such as`,
    );
  });
});
