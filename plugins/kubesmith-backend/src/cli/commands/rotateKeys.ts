import { readKubesmithConfig } from '../../config/readKubesmithConfig';
import {
  keyUses,
  rotateSecrets,
  type KeyUse,
} from '../../secrets/rotateSecrets';
import type { CliCommand } from '../CliCommand';
import { openExisting } from '../existingDatabase';

/** Brings all secrets under the first encryption key; the backend does the same after each start. */
export const rotateKeys: CliCommand = {
  name: 'rotate-keys',
  summary:
    'Encrypts all secrets with the first key and says which old keys may be removed',
  configure(command) {
    command.option(
      '--check',
      'only say which key encrypts how many secrets; changes nothing',
    );
  },
  async run({ database, loadConfig, options, print }) {
    const config = await loadConfig();
    const { keys } = readKubesmithConfig(config).encryption;
    const knex = await openExisting(config, database);
    const { reencrypted, unreadable } = options.check
      ? { reencrypted: 0, unreadable: [] }
      : await rotateSecrets(knex, keys);
    if (!options.check)
      print(`${reencrypted} secrets were encrypted with '${keys[0].id}'.`);
    const uses = await keyUses(knex, keys);
    uses.forEach(use => print(describe(use)));
    for (const { message } of unreadable.filter(
      ({ problem }) => problem === 'key-wrong',
    ))
      print(`KUBESMITH-SECRET-UNREADABLE: ${message}`);
    return unreadable.length > 0 || uses.some(({ role }) => role === 'missing')
      ? 1
      : 0;
  },
};

function describe({ keyId, role, secrets }: KeyUse): string {
  const count = `${keyId}: ${secrets} secrets`;
  switch (role) {
    case 'current':
      return `${count} (encrypts new ones)`;
    case 'missing':
      return `${count}, and the configuration does not have this key. KUBESMITH-SECRET-KEY-MISSING: put it back.`;
    default:
      return secrets === 0
        ? `${count}; it may be removed from kubesmith.encryption.keys`
        : `${count}; keep it`;
  }
}
