import createClient, { type Client } from 'openapi-fetch';
import { KubesmithApiError } from '../errors/KubesmithApiError';
import type { paths } from './openapi.gen';

/** The typed client of the Kubesmith API: `client.GET('/v1/clusters', …)`. @public */
export type KubesmithClient = Client<paths>;

/**
 * Makes a client of the Kubesmith API.
 *
 * @param options.baseUrl - where the plugin answers, without `/v1`; `plugin://kubesmith` with the portal's fetch API
 * @param options.fetch - adds the caller's token; takes one `Request`
 * @public
 */
export function createKubesmithClient(options: {
  baseUrl: string;
  fetch?: (request: Request) => Promise<Response>;
}): KubesmithClient {
  return createClient<paths>({
    baseUrl: options.baseUrl,
    fetch: options.fetch,
  });
}

/**
 * The data of an answer, or a {@link KubesmithApiError} that says what went wrong.
 *
 * @example
 * const cluster = await unwrap(client.GET('/v1/clusters/{clusterId}', { params: { path: { clusterId } } }));
 * @public
 */
export async function unwrap<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) {
    throw KubesmithApiError.fromAnswer(response, error);
  }
  return data as T;
}
