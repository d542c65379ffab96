#!/usr/bin/env node
/**
 * Takes the README's picture from the running demo (`make demo` first): a student's cluster, seen in the portal.
 *
 *   node packages/e2e/src/picture.ts [--instance NAME]
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { Instance } from '@kubesmith/lab/src/instance/Instance.ts';
import { findChromium, launchChromium } from './chromium.ts';
import { PortalClient } from './client/PortalClient.ts';
import { signIn } from './client/signIn.ts';
import { inRepository } from './layout.ts';
import { Portal } from './portal/Portal.ts';

const STUDENT = 'student-1';
const FILE = inRepository('docs', 'images', 'cluster.jpg');

const { values } = parseArgs({
  options: { instance: { type: 'string', default: 'lab' } },
});
const portal = await new Portal(new Instance(values.instance)).address();
const session = await signIn(STUDENT, { portal });
const [cluster] = (await new PortalClient(session).clusters()).filter(
  ({ phase }) => phase === 'ready',
);
if (!cluster) throw new Error('There is no cluster to look at: run make demo');

const executablePath = findChromium();
if (!executablePath) throw new Error('Chromium is missing: run make setup');
const browser = await launchChromium(executablePath);
try {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 },
    deviceScaleFactor: 0.8,
  });
  await context.addCookies(session.cookies());
  const page = await context.newPage();
  await page.goto(`${portal}/kubesmith/clusters/${cluster.id}`);
  await page.getByRole('heading', { name: cluster.name }).first().waitFor();
  await page.waitForLoadState('networkidle');
  await mkdir(dirname(FILE), { recursive: true });
  await page.screenshot({ path: FILE, type: 'jpeg', quality: 60 });
  console.log(`Written: ${FILE}`);
} finally {
  await browser.close();
}
