import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '@kubesmith/lab/src/instance/Instance.ts';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findChromium, launchChromium } from '../chromium.ts';
import { Kubectl } from '../client/Kubectl.ts';
import type { PortalClient } from '../client/PortalClient.ts';
import { readPeople } from '../people.ts';
import { waitForPhase, type Setting } from './Setting.ts';

const STUDENT = 'student-1';
const NAME = 'browser';
const PATIENCE_MS = 30_000;
const LIMIT_MS = 8 * 60_000;

/** What a student does with a mouse and a keyboard, in a real browser. */
export function browserTests(setting: Setting): void {
  describe('in the browser', () => {
    let browser: Browser;
    let context: BrowserContext;
    let page: Page;
    let student: PortalClient;
    const mistakes: string[] = [];
    /** A picture of what was seen when a step failed. */
    const seen = async (step: () => Promise<void>) => {
      try {
        await step();
      } catch (error) {
        const folder = join(cacheFolder(), 'test-reports');
        await mkdir(folder, { recursive: true });
        await page.screenshot({
          path: join(folder, 'browser-failure.png'),
          fullPage: true,
        });
        throw error;
      }
    };

    before(async () => {
      student = await setting.as(STUDENT);
      const executablePath = findChromium();
      assert.ok(executablePath, 'Chromium is installed (make setup)');
      browser = await launchChromium(executablePath);
      context = await browser.newContext({
        viewport: { width: 1280, height: 900 },
        acceptDownloads: true,
      });
      context.setDefaultTimeout(PATIENCE_MS);
      page = await context.newPage();
      page.on('pageerror', error => mistakes.push(error.message));
      page.on('response', answer => {
        if (answer.status() >= 500)
          mistakes.push(`${answer.status()} ${answer.url()}`);
      });
    });
    after(async () => {
      await browser?.close();
      const [cluster] = await student.clusters({ search: NAME });
      if (!cluster) return;
      await student.deleteCluster(cluster.id, `browser-after-${process.pid}`);
      await waitForPhase(student, cluster.id, 'deleted', 180_000);
    });

    test(
      'a student signs in at the university’s provider',
      { timeout: 90_000 },
      () =>
        seen(async () => {
          const person = (await readPeople()).find(
            ({ name }) => name === STUDENT,
          )!;
          await page.goto(await setting.portal.address());
          const [popup] = await Promise.all([
            page.waitForEvent('popup'),
            page.getByRole('button', { name: 'Sign In' }).click(),
          ]);
          await popup.getByRole('button', { name: person.displayName }).click();
          await page
            .getByRole('searchbox', { name: 'Search clusters' })
            .waitFor();
        }),
    );

    test(
      'fills in the form, which refuses a bad name while it is typed',
      { timeout: 120_000 },
      () =>
        seen(async () => {
          await page
            .getByRole('link', { name: 'New K8s cluster' })
            .first()
            .click();
          const name = page.getByRole('textbox', { name: 'Name' });
          await name.fill('Bad Name');
          await page
            .getByRole('status', { name: 'Name check' })
            .getByText(/cannot be the name of a cluster/)
            .waitFor();
          await name.fill(NAME);
          await page.getByText('This name is free.').waitFor();
          await page.getByRole('button', { name: 'Next' }).click();
          await page.getByRole('textbox', { name: 'Workers' }).fill('0');
          await page.keyboard.press('Tab');
          await page.getByRole('button', { name: 'Review' }).click();
          await page.getByRole('button', { name: 'Create' }).click();
          await page.waitForURL(/\/tasks\//);
        }),
    );

    test(
      'watches the progress until the cluster is ready',
      { timeout: LIMIT_MS },
      () =>
        seen(async () => {
          await page.goto(`${await setting.portal.address()}/kubesmith`);
          await page.getByRole('link', { name: NAME }).click();
          await page.getByRole('status', { name: 'Progress' }).waitFor();
          await page.getByText('Install Kubernetes').first().waitFor();
          await page
            .getByRole('button', { name: 'Get kubeconfig' })
            .waitFor({ timeout: LIMIT_MS });
        }),
    );

    test('downloads a kubeconfig that works', { timeout: 120_000 }, () =>
      seen(async () => {
        await page.getByRole('button', { name: 'Get kubeconfig' }).click();
        await page.getByRole('button', { name: 'Issue kubeconfig' }).click();
        const button = page.getByRole('button', {
          name: 'Download kubeconfig',
        });
        await button.waitFor();
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          button.click(),
        ]);
        assert.equal(download.suggestedFilename(), `${NAME}.kubeconfig.yaml`);
        const text = await readFile(await download.path(), 'utf8');
        const kubectl = await Kubectl.with(setting.instance, NAME, text);
        assert.deepEqual(await kubectl.readyNodes(), [`${NAME}-cp-1`]);
        await kubectl.forget();
        await page.getByRole('button', { name: 'Done' }).click();
      }),
    );

    test('finds the cluster in the catalog', { timeout: 90_000 }, () =>
      seen(async () => {
        const [cluster] = await student.clusters({ search: NAME });
        const { namespace, kind, name } =
          /^(?<kind>[^:]+):(?<namespace>[^/]+)\/(?<name>.+)$/.exec(
            cluster!.entityRef,
          )!.groups!;
        await page.goto(
          `${await setting.portal.address()}/catalog/${namespace}/${kind}/${name}`,
        );
        await page
          .getByRole('link', { name: 'Nodes, progress and kubeconfigs' })
          .click();
        await page.getByText(`${NAME}-cp-1`).first().waitFor();
      }),
    );

    test('saw no mistake of the portal', () => {
      assert.deepEqual(mistakes, []);
    });
  });
}
