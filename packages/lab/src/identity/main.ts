/** The lab's identity provider as a process: `node main.ts CONFIG.json` (see `IdentityConfig`). */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { readPeople } from './people.ts';
import { createIdentityProvider, type IdentityOptions } from './provider.ts';
import { signingKey } from './signingKey.ts';

/** Content of the configuration file. */
export interface IdentityConfig extends IdentityOptions {
  /** Catalog file with the people. */
  peopleFile: string;
  /** File that keeps the signing key; made if it is not there. */
  signingKeyFile: string;
}

if (import.meta.main) {
  if (process.env.NODE_ENV === 'production') {
    console.error(
      'The demo identity provider has no passwords and does not run with NODE_ENV=production',
    );
    process.exit(1);
  }
  const config = JSON.parse(
    await readFile(process.argv[2]!, 'utf8'),
  ) as IdentityConfig;
  const people = await readPeople(config.peopleFile);
  const handler = createIdentityProvider(
    config,
    people,
    await signingKey(config.signingKeyFile),
  );
  const port = Number(new URL(config.issuer).port);
  createServer(handler).listen(port, '127.0.0.1', () => {
    console.log(
      `Demo identity provider at ${config.issuer}, ${people.size} people`,
    );
  });
  process.once('SIGTERM', () => process.exit(0));
}
