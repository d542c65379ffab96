import { isKubesmithApiError } from '@kubesmith/plugin-kubesmith-common';

/** What an error says to people: its message, and the code that the guides and the helpdesk know it by. */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = isKubesmithApiError(error) ? error.code : undefined;
  return code && !message.includes(code) ? `${message} (${code})` : message;
}
