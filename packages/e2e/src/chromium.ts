import { findProgram } from '@kubesmith/lab/src/instance/requirements.ts';
import { chromium, type Browser } from 'playwright-core';

/** Path of the machine's Chromium or Chrome; undefined if it has none. */
export function findChromium(): string | undefined {
  return [
    'chromium',
    'chromium-browser',
    'google-chrome',
    'google-chrome-stable',
  ]
    .map(findProgram)
    .find(path => path !== undefined);
}

/** Starts a browser without a window. Root may not use Chromium's sandbox; it shows our own pages only. */
export async function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}
