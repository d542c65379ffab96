import { userInfo } from 'node:os';
import { AuditStore } from '../../audit/AuditStore';
import { readDatabaseTime } from '../../database/databaseTime';
import { readEntityRef } from '../../orders/readEntityRef';
import { TokenStore } from '../../tokens/TokenStore';
import type { TokenRecord } from '../../tokens/records';
import type { CliCommand } from '../CliCommand';
import { openExisting } from '../existingDatabase';

/** Ends access tokens of anybody, for administrators: a laptop was lost, somebody left. */
export const revokeToken: CliCommand = {
  name: 'revoke-token',
  summary:
    'Lists the access tokens of a person that still work; ends one or all of them when told to',
  configure(command) {
    command
      .argument('<person>', 'such as user:default/ada')
      .option('--token <id>', 'end this one')
      .option('--all', 'end all of them');
  },
  async run({ arguments: args, database, loadConfig, options, print }) {
    const userRef = readEntityRef(args[0]);
    if (!userRef?.startsWith('user:')) {
      throw new Error(
        `'${args[0]}' is no person: write user:NAMESPACE/NAME, as the catalog does`,
      );
    }
    if (options.token !== undefined && options.all) {
      throw new Error('Give --token or --all, not both');
    }
    const knex = await openExisting(await loadConfig(), database);
    const now = await readDatabaseTime(knex);
    const live = (await new TokenStore(knex).list(userRef)).filter(
      ({ expiresAt, revokedAt }) => revokedAt === undefined && expiresAt > now,
    );
    const chosen = live.filter(
      ({ id }) => options.all === true || id === options.token,
    );
    if (options.token !== undefined && chosen.length === 0) {
      throw new Error(
        `${userRef} has no access token ${options.token} that works: see them without --token`,
      );
    }
    if (chosen.length === 0) {
      print(`${live.length} access tokens of ${userRef} work.`);
      live.forEach(token => print(describe(token)));
      if (live.length > 0 && !options.all) {
        print('None was ended. To end them: --token ID, or --all');
      }
      return 0;
    }
    const actor = `command-line:${userInfo().username}`;
    for (const { id, name } of chosen) {
      await knex.transaction(async tx => {
        await new TokenStore(tx).revoke(id, userRef);
        await new AuditStore(tx).append({
          actor,
          action: 'token.revoke',
          outcome: 'done',
          detail: { tokenId: id, name, user: userRef },
        });
      });
      print(`Ended ${id} (${name}): the next request with it is refused.`);
    }
    return 0;
  },
};

function describe(token: TokenRecord): string {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const used = token.lastUsedAt ? day(token.lastUsedAt) : 'never';
  return `${token.id}  ${token.name}: ${token.scope}${
    token.environment ? ` in ${token.environment}` : ''
  }, made ${day(token.createdAt)}, last used ${used}, until ${day(
    token.expiresAt,
  )}`;
}
