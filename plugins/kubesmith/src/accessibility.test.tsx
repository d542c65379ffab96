import axe from 'axe-core';
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router-dom';
import type { ReactElement } from 'react';
import { MemoryKubesmithApi } from './__testUtils__/MemoryKubesmithApi';
import { open as openAccessPage } from './__testUtils__/openAccessPage';
import { aCluster, anEnvironmentRecord } from './__testUtils__/records';
import { renderWithApi } from './__testUtils__/renderWithApi';
import { AuditPage } from './components/AuditPage';
import { ClusterPage } from './components/ClusterPage';
import { ClustersPage } from './components/ClustersPage';
import {
  EnvironmentPage,
  EnvironmentsPage,
} from './components/EnvironmentsPage';
import { FindingsPage } from './components/FindingsPage';
import { QuotasPage } from './components/QuotasPage';
import { RequestsPage } from './components/RequestsPage';
import { StaffLinks } from './components/StaffLinks';
import { TokensPage } from './components/TokensPage';

/*
 * axe-core on every page, in a document without layout: it finds missing names, roles and relations, and nothing about colours,
 * sizes and what covers what.
 */

const cluster = aCluster();

function filled(): MemoryKubesmithApi {
  const api = new MemoryKubesmithApi([cluster]);
  api.environmentRecords = [anEnvironmentRecord()];
  api.quotas = [
    {
      id: 'quota',
      environment: 'course',
      scope: 'each-member',
      subject: 'group:default/students',
      title: 'each member of students in The course',
      limits: { clusters: 2, memoryMiB: 8192, leaseDays: 14 },
      updatedBy: 'user:default/instructor',
      updatedAt: '2026-11-21T10:00:00.000Z',
      uses: [
        {
          person: 'user:default/student-1',
          clusters: 3,
          nodes: 2,
          vcpu: 4,
          memoryMiB: 8192,
          diskGiB: 40,
          addresses: 3,
        },
      ],
    },
  ];
  api.orderRequests = [
    {
      id: 'request',
      status: 'waiting',
      environment: 'course',
      name: 'larger',
      owner: 'user:default/student-1',
      requester: 'user:default/student-1',
      draft: { name: 'larger', size: 'large', workers: 9 },
      why: ['It has 9 workers; more than 4 need an approval.'],
      createdAt: '2026-11-21T10:00:00.000Z',
      expiresAt: '2026-11-28T10:00:00.000Z',
      can: { decide: true, withdraw: false },
    },
  ];
  api.entries = [
    {
      seq: 1,
      time: '2026-11-21T10:00:00.000Z',
      actor: 'user:default/student-1',
      action: 'cluster.order',
      outcome: 'done',
      environment: 'course',
      clusterId: cluster.id,
      detail: { name: 'demo' },
      hash: 'ab',
      source: '10.0.0.7',
    },
  ];
  return api;
}

async function violations(): Promise<string[]> {
  const { violations: found } = await axe.run(document.body, {
    resultTypes: ['violations'],
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    // Nothing is drawn here.
    rules: { 'color-contrast': { enabled: false } },
  });
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`),
  );
}

const press = async (name: string | RegExp) =>
  userEvent.click(await screen.findByRole('button', { name }));

describe('What axe-core finds', () => {
  it('is something where a field has no name', async () => {
    await renderWithApi(<input />, { api: filled() });
    expect(await violations()).toEqual([expect.stringMatching(/^label: /)]);
  });

  it.each<[string, ReactElement, string, () => Promise<unknown>]>([
    [
      'the links and the list of clusters',
      <>
        <StaffLinks />
        <ClustersPage />
      </>,
      '',
      () => screen.findByRole('row', { name: /demo/ }),
    ],
    [
      'a cluster',
      <ClusterPage />,
      `clusters/${cluster.id}`,
      () => screen.findByRole('region', { name: 'Nodes' }),
    ],
    [
      'environments',
      <EnvironmentsPage />,
      'environments',
      () => screen.findByRole('row', { name: /Databases 2026/ }),
    ],
    [
      'an environment as a form',
      <EnvironmentPage />,
      'environments/databases-2026',
      () => screen.findByRole('form', { name: 'Environment databases-2026' }),
    ],
    [
      'approvals',
      <RequestsPage />,
      'requests',
      () => screen.findByRole('row', { name: /larger/ }),
    ],
    [
      'the question before an order is refused',
      <RequestsPage />,
      'requests',
      async () => {
        await press('Refuse larger');
        await screen.findByRole('dialog');
      },
    ],
    [
      'quotas',
      <QuotasPage />,
      'quotas',
      () => screen.findByRole('row', { name: /each member/ }),
    ],
    [
      'the form of a quota',
      <QuotasPage />,
      'quotas',
      async () => {
        await press('New quota');
        await screen.findByRole('dialog');
      },
    ],
    [
      'the form of an access token',
      <TokensPage />,
      'tokens',
      async () => {
        await press('New access token');
        await screen.findByRole('dialog');
      },
    ],
    [
      'findings',
      <FindingsPage />,
      'findings',
      () => screen.findByRole('heading', { name: 'Findings' }),
    ],
    [
      'the audit trail',
      <AuditPage />,
      'audit',
      () => screen.findByRole('link', { name: cluster.id.slice(0, 8) }),
    ],
  ])('is nothing in %s', async (_what, page, at, until) => {
    await renderWithApi(
      <main>
        <Routes>
          <Route path="/kubesmith/clusters/:clusterId" element={page} />
          <Route path="/kubesmith/environments/:name" element={page} />
          <Route path="*" element={page} />
        </Routes>
      </main>,
      { api: filled(), at: `/kubesmith/${at}` },
    );
    await until();
    expect(await violations()).toEqual([]);
  });

  it('is nothing in access, and in a role as a form', async () => {
    await openAccessPage();
    await screen.findByRole('group', { name: 'Member' });
    expect(await violations()).toEqual([]);
    await press('Add a role');
    await screen.findByRole('textbox', { name: 'Title' });
    expect(await violations()).toEqual([]);
  });
});
