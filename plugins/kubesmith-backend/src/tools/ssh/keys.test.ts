import { utils } from 'ssh2';
import { generatePrivateKey, publicKeyOf } from './keys';

/** What ssh2 makes of a key with a leading zero byte; searched for, because it comes by chance. */
function malformedBySsh2(): string {
  for (let attempt = 0; attempt < 20_000; attempt++) {
    const { private: key } = utils.generateKeyPairSync('ed25519');
    if (utils.parseKey(key) instanceof Error) return key;
  }
  throw new Error(
    'ssh2 makes no malformed keys any more: generatePrivateKey can be simpler',
  );
}

describe('generatePrivateKey', () => {
  it('should make keys that can be read', async () => {
    const key = await generatePrivateKey('demo');
    expect(key).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----/);
    expect(publicKeyOf(key)).toMatch(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI/);
  });

  it('should throw away a malformed key of ssh2 and make another one', async () => {
    const malformed = malformedBySsh2();
    const keys = [malformed, malformed, await generatePrivateKey('good')];
    const generate = jest.fn(async () => keys.shift()!);
    const expected = keys[2];
    await expect(generatePrivateKey('demo', generate)).resolves.toBe(expected);
    expect(generate).toHaveBeenCalledTimes(3);
  });

  it('should give up in the end', async () => {
    await expect(
      generatePrivateKey('demo', async () => 'no key'),
    ).rejects.toThrow('No SSH key could be made');
  });
});

describe('publicKeyOf', () => {
  it('should refuse what is not a key', () => {
    expect(() => publicKeyOf('no key')).toThrow('cannot be read');
  });
});
