import { ConfigReader } from '@backstage/config';
import { readPolicySettings } from './readPolicySettings';

describe('readPolicySettings', () => {
  it('should read administrators, files and what holds otherwise', () => {
    expect(
      readPolicySettings(
        new ConfigReader({
          kubesmith: {
            administrators: ['Group:default/Administrators'],
            policies: { files: ['policies.yaml'], otherwise: 'deny' },
          },
        }),
      ),
    ).toEqual({
      administrators: ['group:default/administrators'],
      files: ['policies.yaml'],
      otherwise: 'deny',
    });
  });

  it('should make nobody an administrator by default', () => {
    expect(readPolicySettings(new ConfigReader({}))).toEqual({
      administrators: [],
      files: [],
      otherwise: 'allow',
    });
  });

  it.each([
    [
      { administrators: ['administrators'] },
      'kubesmith.administrators[0] must be a reference such as',
    ],
    [
      { policies: { otherwise: 'maybe' } },
      "kubesmith.policies.otherwise must be 'allow' or 'deny'",
    ],
  ])('should name the key of a wrong value: %j', (kubesmith, message) => {
    expect(() => readPolicySettings(new ConfigReader({ kubesmith }))).toThrow(
      message,
    );
  });
});
