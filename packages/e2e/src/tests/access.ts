import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '@kubesmith/lab/src/instance/Instance.ts';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findChromium, launchChromium } from '../chromium.ts';
import type { Cluster, PortalClient } from '../client/PortalClient.ts';
import { waitForPhase, type Setting } from './Setting.ts';

const STAFF = 'administrator';
const STUDENT = 'student-1';
const PLACE = 'research';
const NAME = 'access-story';
const PATIENCE_MS = 30_000;

/** A folder for the pictures of docs/staff/access.md; none are taken without it. */
const PICTURES = process.env.KUBESMITH_E2E_PICTURES;

/**
 * A member of staff who cannot program changes in the browser who may do what, while a student is signed in in another one.
 */
export function accessTests(setting: Setting): void {
  describe('staff decide who may do what', () => {
    let browser: Browser;
    let staff: Page;
    let student: Page;
    let admin: PortalClient;
    let studentsApi: PortalClient;
    let cluster: Cluster | undefined;
    let before0: number;
    const mistakes: string[] = [];

    const open = async (who: string): Promise<Page> => {
      const client = await setting.as(who);
      const context: BrowserContext = await browser.newContext({
        viewport: { width: 1280, height: 900 },
        deviceScaleFactor: PICTURES ? 0.8 : 1,
      });
      context.setDefaultTimeout(PATIENCE_MS);
      await context.addCookies(client.session.cookies());
      const page = await context.newPage();
      page.on('pageerror', error => mistakes.push(error.message));
      page.on('response', answer => {
        if (answer.status() >= 500)
          mistakes.push(`${answer.status()} ${answer.url()}`);
      });
      return page;
    };
    let hasFailed = false;
    /** One step of the story; a picture of what was seen when it failed. The steps after it could only wait in vain. */
    const seen = async (page: () => Page, step: () => Promise<void>) => {
      assert.ok(!hasFailed, 'an earlier step failed');
      try {
        await step();
      } catch (error) {
        hasFailed = true;
        const folder = join(cacheFolder(), 'test-reports');
        await mkdir(folder, { recursive: true });
        await page().screenshot({ path: join(folder, 'access-failure.png') });
        throw error;
      }
    };
    const picture = async (name: string) => {
      if (PICTURES)
        await staff.screenshot({
          path: join(PICTURES, `${name}.jpg`),
          type: 'jpeg',
          quality: 50,
        });
    };
    const policies = async (method: string, path: string, body?: object) => {
      const answer = await admin.session.fetch(
        `/api/permission/kubesmith/policies${path}`,
        {
          method,
          headers: { 'Content-Type': 'application/json' },
          ...(body && { body: JSON.stringify(body) }),
        },
      );
      assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
      return (await answer.json()) as { version: number };
    };
    /** The environments that the student's order form offers. */
    const offered = async (): Promise<string[]> => {
      await student.goto(
        `${await setting.portal.address()}/create/templates/default/new-k8s-cluster`,
      );
      const environment = student.getByRole('button', { name: /Environment/ });
      await environment.click();
      return student.getByRole('option').allTextContents();
    };

    before(async () => {
      const executablePath = findChromium();
      assert.ok(executablePath, 'Chromium is installed (make setup)');
      browser = await launchChromium(executablePath);
      admin = await setting.as(STAFF);
      studentsApi = await setting.as(STUDENT);
      before0 = (await policies('GET', '')).version;
      staff = await open(STAFF);
      student = await open(STUDENT);
    });
    after(async () => {
      await browser?.close();
      const { version } = await policies('GET', '');
      if (version > before0)
        await policies('POST', '/rollback', {
          toVersion: before0,
          expectedVersion: version,
          reason: 'The story is over',
        });
      if (cluster) {
        await admin.deleteCluster(cluster.id, `access-after-${process.pid}`);
        await waitForPhase(admin, cluster.id, 'deleted', 180_000);
      }
    });

    test('a student may order in the course only', { timeout: 60_000 }, () =>
      seen(
        () => student,
        async () => {
          const names = (await offered()).join();
          assert.match(names, /Distributed Systems 2026/);
          assert.doesNotMatch(names, /Research/);
        },
      ),
    );

    test(
      'staff give first-year students one size of clusters of their own',
      { timeout: 90_000 },
      () =>
        seen(
          () => staff,
          async () => {
            await staff.goto(`${await setting.portal.address()}/kubesmith`);
            await staff
              .getByRole('navigation', { name: 'Kubesmith' })
              .getByRole('link', { name: 'Access', exact: true })
              .click();
            await staff.getByRole('group', { name: 'Member' }).waitFor();
            await picture('access-roles');

            await staff.getByRole('button', { name: 'Add a role' }).click();
            await staff
              .getByRole('textbox', { name: 'Title' })
              .fill('First-year students');
            const role = staff.getByRole('group', {
              name: 'First-year students',
              exact: true,
            });
            await role.getByRole('combobox', { name: 'Members' }).fill('stud');
            await staff.getByRole('option', { name: /^Students/ }).click();
            const order = role.getByRole('group', { name: 'Rule 1' });
            await order.getByText('Order new clusters.').click();
            await choosePlace(staff, order);
            await order.getByText('Themselves', { exact: true }).click();
            await order.getByText('small', { exact: true }).click();
            await picture('access-role');

            await role.getByRole('button', { name: 'Add a rule' }).click();
            const use = role.getByRole('group', { name: 'Rule 2' });
            await use.getByText('See a cluster, its history').click();
            await use.getByText('Delete it, stop or continue').click();
            await choosePlace(staff, use);
            await use.getByText('Their own', { exact: true }).click();
            await role
              .getByText('may see and delete their own clusters in Research')
              .waitFor();
          },
        ),
    );

    test(
      'gives the instructors everything there, looks at what changes, and saves',
      { timeout: 90_000 },
      () =>
        seen(
          () => staff,
          async () => {
            await staff.getByRole('button', { name: 'Add a role' }).click();
            await staff
              .getByRole('textbox', { name: 'Title' })
              .fill('Course staff');
            const role = staff.getByRole('group', {
              name: 'Course staff',
              exact: true,
            });
            await role.getByRole('combobox', { name: 'Members' }).fill('instr');
            await staff.getByRole('option', { name: /^Instructors/ }).click();
            await role.getByText('Everything with clusters').click();
            await choosePlace(staff, role);
            await role.getByText('Anyone’s', { exact: true }).click();

            const save = staff.getByRole('button', {
              name: 'Preview and save',
            });
            await save.click();
            const dialog = staff.getByRole('dialog', { name: 'Save access' });
            await dialog
              .getByRole('row', { name: 'Ada Lovelace gains Order Research' })
              .waitFor();
            await dialog
              .getByRole('textbox', { name: /Reason/ })
              .fill('Exercises of the new term');
            await picture('access-save');
            await dialog.getByRole('button', { name: 'Save' }).click();
            await staff.getByText(/it holds from now on/).waitFor();
          },
        ),
    );

    test(
      'it holds for the student at once, without another sign-in',
      { timeout: 60_000 },
      () =>
        seen(
          () => student,
          async () => {
            assert.match((await offered()).join(), /Research/);
            const order = {
              name: NAME,
              environment: PLACE,
              owner: `user:default/${STUDENT}`,
              size: 'medium',
              workers: 0,
            };
            assert.deepEqual(
              (await studentsApi.checkOrder(order)).map(({ field }) => field),
              ['size'],
            );
            ({ cluster } = await studentsApi.order({
              ...order,
              size: 'small',
              requestId: `access-${process.pid}`,
            }));
            await student.goto(`${await setting.portal.address()}/kubesmith`);
            await student.getByRole('link', { name: NAME }).waitFor();
          },
        ),
    );

    test(
      'asks what somebody could do with the cluster, and reads the rule',
      { timeout: 60_000 },
      () =>
        seen(
          () => staff,
          async () => {
            await staff
              .getByRole('tab', { name: 'What could this person do?' })
              .click();
            const ask = async (person: string) => {
              await staff
                .getByRole('combobox', { name: 'Person' })
                .fill(person.slice(0, 5));
              await staff.getByRole('option', { name: person }).click();
            };
            await ask('Grace Hopper');
            await staff.getByRole('combobox', { name: /Cluster/ }).fill(NAME);
            await staff.getByRole('option', { name: NAME }).click();
            await staff
              .getByRole('row', {
                name: 'Kubeconfig: administrator yes Course staff: may order clusters and do everything with all clusters in Research',
              })
              .waitFor();
            await picture('access-ask');
            await ask('Alan Turing');
            await staff
              .getByRole('row', {
                name: 'Delete no The cluster may not be seen, which everything else needs',
              })
              .waitFor();
          },
        ),
    );

    test('finds the change in the history', { timeout: 60_000 }, () =>
      seen(
        () => staff,
        async () => {
          await staff.getByRole('tab', { name: 'History' }).click();
          await staff.getByText('Exercises of the new term').first().waitFor();
          await staff
            .getByRole('button', { name: /What version \d+ changed/ })
            .first()
            .click();
          await staff.getByText('title: First-year students').first().waitFor();
          await picture('access-history');
        },
      ),
    );

    test(
      'the student sees her own access and no more',
      { timeout: 60_000 },
      () =>
        seen(
          () => student,
          async () => {
            await student
              .getByRole('link', { name: 'Access', exact: true })
              .click();
            await student.getByRole('heading', { name: 'My access' }).waitFor();
            await student.getByText('First-year students').first().waitFor();
            assert.equal(await student.getByRole('tab').count(), 0);
          },
        ),
    );

    test('saw no mistake of the portal', () => {
      assert.deepEqual(mistakes, []);
    });
  });
}

/** Chooses the one environment of the story in a rule's form. */
async function choosePlace(
  page: Page,
  rule: ReturnType<Page['getByRole']>,
): Promise<void> {
  await rule.getByRole('button', { name: /Where/ }).click();
  await page.getByRole('option', { name: 'In these environments' }).click();
  await rule.getByText('Research', { exact: true }).click();
}
