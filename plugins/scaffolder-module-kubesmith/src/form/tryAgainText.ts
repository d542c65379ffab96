import { isKubesmithApiError } from '@kubesmith/plugin-kubesmith-common';

/**
 * What could not be done, why, with the code if there is one, and that trying again may help.
 *
 * @param what - a sentence without its full stop, such as `The order could not be checked`
 */
export function tryAgainText(what: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = isKubesmithApiError(error) && error.code;
  const why = message.replace(/\.$/, '');
  return `${what}: ${code ? `${why} (${code})` : why}. Try again.`;
}
