/** Whom portal, machines and clusters believe, on real machines: keys, host keys, kubeconfigs, secrets. */
import { after, before } from 'node:test';
import { grantTests } from './tests/trust/grants.ts';
import { hostKeyTests } from './tests/trust/hostKeys.ts';
import { keyTests } from './tests/trust/keys.ts';
import { secretTests } from './tests/trust/secrets.ts';
import { shareTests } from './tests/trust/shares.ts';
import { TrustSetting } from './tests/trust/TrustSetting.ts';

const trust = new TrustSetting();
before(() => trust.up(), { timeout: 20 * 60_000 });
after(() => trust.end(), { timeout: 5 * 60_000 });

secretTests(trust);
keyTests(trust);
grantTests(trust);
shareTests(trust);
hostKeyTests(trust);
