import { utils } from 'ssh2';

/** An ed25519 key pair at once; see generatePrivateKey for why ssh2's answer is read back. */
export function keyPair(): { private: string; public: string } {
  for (;;) {
    const pair = utils.generateKeyPairSync('ed25519');
    if (!(utils.parseKey(pair.private) instanceof Error))
      return { private: pair.private, public: pair.public.trim() };
  }
}
