import { toastApiRef } from '@backstage/frontend-plugin-api';
import { mockApis, renderInTestApp } from '@backstage/frontend-test-utils';
import { catalogApiRef, entityRouteRef } from '@backstage/plugin-catalog-react';
import { catalogApiMock } from '@backstage/plugin-catalog-react/testUtils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { signalApiRef } from '@backstage/plugin-signals-react';
import type { JsonObject } from '@backstage/types';
import { act } from '@testing-library/react';
import type { ReactElement } from 'react';
import { SWRConfig } from 'swr';
import { kubesmithApiRef, type KubesmithApi } from '../api/kubesmithApi';
import { rootRouteRef, taskRouteRef, templateRouteRef } from '../routes';

/** An environment, groups and a person as the catalog has them. */
const entities = [
  ['System', 'course', 'The course'],
  ['Group', 'instructors', 'Instructors'],
  ['Group', 'students', 'Students of the course'],
  ['User', 'guest', 'Gail Guest'],
  ['User', 'helper', 'Hal Helper'],
].map(([kind, name, title]) => ({
  apiVersion: 'backstage.io/v1alpha1',
  kind,
  metadata: { namespace: 'default', name, title },
  spec: {},
}));

/** What a test holds in its hands. */
export type TestView = {
  unmount: () => void;
  /** What was said in toasts. */
  toasts: { title: unknown; description?: unknown; status?: string }[];
  /** Says on the signals channel that a cluster changed. */
  signal: (clusterId: string) => Promise<void>;
};

type TestApis = NonNullable<
  NonNullable<Parameters<typeof renderInTestApp>[1]>['apis']
>;

/**
 * Renders a part of the pages in a test app with an API double; the routes of scaffolder and catalog lead where they do in
 * a portal.
 *
 * @param options.mayOrder - the decision about `kubesmith.cluster.create`, yes by default
 */
export async function renderWithApi(
  element: ReactElement,
  options: {
    api: KubesmithApi;
    mayOrder?: boolean;
    at?: string;
    /** More APIs; with a catalog among them, by default one that knows an environment, groups and a person. */
    apis?: TestApis;
  },
): Promise<TestView> {
  const listeners: ((message: JsonObject) => void)[] = [];
  const toasts: TestView['toasts'] = [];

  const view = await renderInTestApp(
    // Permission decisions are cached in a global cache: each test gets its own.
    <SWRConfig value={{ provider: () => new Map() }}>{element}</SWRConfig>,
    {
      initialRouteEntries: [options.at ?? '/'],
      mountedRoutes: {
        '/kubesmith': rootRouteRef,
        '/catalog/:namespace/:kind/:name': entityRouteRef,
        '/create/templates/:namespace/:templateName': templateRouteRef,
        '/create/tasks/:taskId': taskRouteRef,
      },
      apis: [
        [kubesmithApiRef, options.api],
        [
          signalApiRef,
          {
            subscribe: (_channel, onMessage) => {
              listeners.push(onMessage as (message: JsonObject) => void);
              return { unsubscribe() {} };
            },
          },
        ],
        [
          toastApiRef,
          {
            post: toast => {
              toasts.push(toast);
              return { close() {} };
            },
          },
        ],
        ...(options.apis ?? [[catalogApiRef, catalogApiMock({ entities })]]),
        mockApis.permission({
          authorize:
            options.mayOrder === false
              ? AuthorizeResult.DENY
              : AuthorizeResult.ALLOW,
        }),
      ],
    },
  );
  return {
    unmount: view.unmount,
    toasts,
    signal: (clusterId: string) =>
      act(async () => listeners.forEach(listener => listener({ clusterId }))),
  };
}
