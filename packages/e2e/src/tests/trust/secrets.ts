import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { PortalClient } from '../../client/PortalClient.ts';
import { needlesOf } from '../secretForms.ts';
import { findSecrets, scanBytes } from '../secretScan.ts';
import type { TrustSetting } from './TrustSetting.ts';

/** Programs that are given the Proxmox token in their environment, which their user and root alone can read. */
const GIVEN_THE_TOKEN = /^(node|terraform|tofu|terraform-provider-proxmox.*)$/;

/** Secrets are in no place where they need not be. */
export function secretTests(trust: TrustSetting): void {
  describe('the secrets of portal and clusters', () => {
    test('are in no file that portal or lab write, with the databases, and in no command line', async () => {
      assert.ok(trust.joinTokens.size > 0, 'A join token was seen');
      assert.deepEqual(await findSecrets(trust.instance, trust.known), []);
    });

    test('are in no answer of the portal', async () => {
      const admin = await trust.as('administrator');
      const { id } = trust.alpha.record;
      const [operation] = await trust.student.operations(id);
      const api = '/api/kubesmith/v1';
      const paths = [
        `${api}/clusters`,
        `${api}/clusters/${id}`,
        `${api}/clusters/${id}/grants`,
        `${api}/clusters/${id}/operations`,
        `${api}/operations/${operation!.id}`,
        `${api}/operations/${operation!.id}/events`,
        `${api}/environments`,
        '/api/catalog/entities',
        '/api/scaffolder/v2/tasks',
        '/api/app/.config',
        '/',
      ];
      const staffPaths = [
        `${api}/audit`,
        '/api/permission/kubesmith/policies',
        '/api/permission/kubesmith/policies/versions',
      ];
      const needles = needlesOf(trust.known);
      const look = async (
        client: PortalClient,
        path: string,
        status: number,
      ) => {
        const text = Buffer.from(await client.read(path, status));
        const found = scanBytes(text, needles).map(({ what }) => what);
        assert.deepEqual([path, found], [path, []]);
      };
      for (const path of paths) {
        await look(trust.student, path, 200);
        await look(admin, path, 200);
      }
      for (const path of staffPaths) {
        await look(trust.student, path, 403);
        await look(admin, path, 200);
      }
      assert.match(await trust.student.read(paths[1]!), /alpha-cp-1/);
    });

    test('are in no command line of any process, at any time of the installation', () => {
      const { hits, turns } = trust.sampled;
      assert.ok(turns > 50, `${turns} looks at all processes`);
      assert.deepEqual(
        hits.filter(({ where }) => where === 'cmdline'),
        [],
      );
    });

    test('are in the environment of those programs only that work with them', async () => {
      const { hits } = trust.sampled;
      const portal = (await trust.portal.find())!.pid;
      const others = hits.filter(
        ({ pid, where }) => where === 'environ' && pid !== portal,
      );
      assert.ok(
        others.some(({ program }) => program === 'terraform'),
        'Terraform was seen: it takes the token from its environment',
      );
      assert.deepEqual(
        others.filter(
          ({ program, what }) =>
            !GIVEN_THE_TOKEN.test(program) ||
            !what.startsWith('the Proxmox token'),
        ),
        [],
      );
    });

    test('are not in Terraform’s state, which holds addresses, ids and public keys', async () => {
      const { KUBESMITH_DATA_DIRECTORY: data } =
        await trust.portal.environment();
      const state = await readFile(
        join(data!, 'clusters', trust.alpha.record.id, 'terraform.tfstate'),
      );
      assert.deepEqual(scanBytes(state, needlesOf(trust.known)), []);
      assert.match(state.toString(), /ssh-ed25519 /);
      assert.doesNotMatch(state.toString(), /PRIVATE KEY|PVEAPIToken/);
    });
  });
}
