/* eslint-disable jest/no-export, jest/valid-title, jest/valid-describe-callback, jest/no-disabled-tests, jest/expect-expect --
   the linter takes every file that calls `describe` for a test */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cache =
  process.env.KUBESMITH_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kubesmith');
/** Terraform finds its provider through it. */
export const cliConfigFile = join(cache, 'terraformrc');

/**
 * A `describe` for tests with the real Terraform and provider, which `make setup` installs. Without them the tests fail; whoever
 * wants to do without says so (`make test-unit`), and sees them as skipped.
 */
export function describeWithTerraform(title: string, tests: () => void): void {
  if (existsSync(cliConfigFile)) describe(title, tests);
  else if (process.env.KUBESMITH_TEST_WITHOUT_TERRAFORM === '1')
    describe.skip(title, tests);
  else
    it(`${title}: Terraform's provider is there`, () => {
      throw new Error(
        `${cliConfigFile} is missing: run "make setup", or set KUBESMITH_TEST_WITHOUT_TERRAFORM=1 to skip these tests`,
      );
    });
}
