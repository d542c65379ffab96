import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { RequestRefused } from '../../client/PortalClient.ts';
import { waitForPhase } from '../Setting.ts';
import { LIMIT_MS, type RunbookSetting } from './RunbookSetting.ts';

const newKey = () => randomBytes(32).toString('base64');
const k2 = { id: 'k2', secret: newKey() };

/** Runbook "Rotate the encryption key". Leaves the portal with the key `k2` only. */
export function rotateKeyTests(setting: RunbookSetting): void {
  describe('runbook: rotate the encryption key', () => {
    test(
      'the new key in front, the old one behind, until nothing uses it',
      { timeout: LIMIT_MS },
      async () => {
        const { KUBESMITH_ENCRYPTION_KEY: k1 } =
          await setting.portal.environment();
        const [older] = await setting.student.clusters({ search: 'older' });
        await setting.restart(() =>
          setting.configureKeys([k2, { id: 'k1', secret: k1! }]),
        );
        await setting.logLine("secrets are now encrypted with the key 'k2'");
        await setting.logLine(
          "No secret uses the encryption key 'k1' any more",
        );
        const { code, stdout } = await setting.type(
          'yarn kubesmith rotate-keys --check --config app-config.yaml --config app-config.production.yaml',
        );
        assert.equal(code, 0, stdout);
        assert.match(stdout, /^k2: [1-9]\d* secrets \(encrypts new ones\)$/m);
        assert.match(
          stdout,
          /^k1: 0 secrets; it may be removed from kubesmith.encryption.keys$/m,
        );
        await setting.configureKeys([k2]);
        const { grant } = await setting.student.issueGrant(older!.id, 1);
        assert.ok(grant.active);
      },
    );
  });
}

/** Runbook "Lost encryption key"; deletes the cluster `younger`. */
export function lostKeyTests(setting: RunbookSetting): void {
  describe('runbook: the encryption key is lost', () => {
    test(
      'the portal says which one, gives no kubeconfig, and can still delete',
      { timeout: LIMIT_MS },
      async () => {
        const [older] = await setting.student.clusters({ search: 'older' });
        const [younger] = await setting.student.clusters({ search: 'younger' });
        const { id } = younger!;
        await setting.until(id, 'machines are made', ({ steps }) =>
          steps.some(
            ({ name, status }) => name === 'machines' && status === 'succeeded',
          ),
        );
        await setting.restart(() =>
          setting.configureKeys([{ id: 'k3', secret: newKey() }]),
        );
        await setting.logLine('KUBESMITH-SECRET-KEY-MISSING');
        const check = await setting.type(
          'yarn kubesmith rotate-keys --check --config app-config.yaml --config app-config.production.yaml',
        );
        assert.equal(check.code, 1);
        assert.match(check.stdout, /^k2: \d+ secrets, and the configuration/m);
        const refused = await setting.student.issueGrant(older!.id, 1).then(
          () => assert.fail('A kubeconfig without the key'),
          (error: unknown) => error,
        );
        assert.ok(refused instanceof RequestRefused);
        assert.equal(refused.body.error.code, 'KUBESMITH-SECRET-UNREADABLE');
        await setting.quoted('KUBESMITH-SECRET-UNREADABLE');
        await setting.note(
          `answer ${refused.status}: ${refused.body.error.message} (${refused.body.error.code})`,
        );
        await setting.student.deleteCluster(id, `runbook-${id}`);
        await waitForPhaseDeleted(setting, id);
      },
    );

    test(
      'the key put back: all is as before',
      { timeout: LIMIT_MS },
      async () => {
        await setting.restart(() => setting.configureKeys([k2]));
        const [older] = await setting.student.clusters({ search: 'older' });
        await waitForPhase(setting.student, older!.id, 'ready', LIMIT_MS);
        const { grant } = await setting.student.issueGrant(older!.id, 1);
        assert.ok(grant.active);
      },
    );
  });
}

async function waitForPhaseDeleted(setting: RunbookSetting, id: string) {
  await setting.until(
    id,
    'it is deleted',
    ({ kind, status }) => kind === 'delete' && status === 'succeeded',
  );
  const [operation] = await setting.student.operations(id);
  for (const { code, message } of await setting.student.operationEvents(
    operation!.id,
  ))
    await setting.note(`event: ${code ?? ''} ${message}`);
}
