import { screen, within } from '@testing-library/react';
import type { Backup } from '@kubesmith/plugin-kubesmith-common';
import userEvent from '@testing-library/user-event';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { aCluster } from '../../__testUtils__/records';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { OperationsMenu } from '../StartOperation';
import { BackupsSection } from '.';

const cluster = aCluster();
const backup: Backup = {
  id: '0b7d0000-0000-4000-8000-000000000002',
  createdBy: 'user:default/ada',
  takenAt: '2026-11-21T12:00:00.000Z',
  bytes: 150_000,
  objects: 387,
  etcdVersion: '3.6.8-0',
  kubernetesVersion: '1.36.3',
};

function show(backups: Backup[], ui = <BackupsSection cluster={cluster} />) {
  const api = new MemoryKubesmithApi([cluster]);
  api.backups = backups;
  api.possibleOperations = [
    {
      kind: 'restore',
      title: 'Restore a backup',
      description: 'Brings all objects back.',
      available: true,
    },
  ];
  return renderWithApi(ui, { api }).then(view => ({ api, ...view }));
}

describe('BackupsSection', () => {
  it('lists what is known of each, and why one cannot be restored', async () => {
    await show([
      backup,
      {
        ...backup,
        id: `${backup.id}`.replace('2', '3'),
        obstacle: 'it is of Kubernetes 1.35.9',
      },
    ]);
    const section = await screen.findByRole('region', { name: 'Backups' });
    const [, first, second] = await within(section).findAllByRole('row');
    expect(first).toHaveTextContent('387 objects');
    expect(first).toHaveTextContent('0.1 MB');
    expect(first).toHaveTextContent('Kubernetes 1.36.3');
    expect(first).not.toHaveTextContent('Cannot be restored');
    expect(second).toHaveTextContent(
      'Cannot be restored: it is of Kubernetes 1.35.9',
    );
  });

  it('says how to get one when there is none', async () => {
    await show([]);
    expect(await screen.findByText(/None yet/)).toHaveTextContent(
      'under Change',
    );
  });

  it('says when they cannot be read', async () => {
    const api = new MemoryKubesmithApi([cluster]);
    api.listBackups = async () => {
      throw new Error('no answer');
    };
    await renderWithApi(<BackupsSection cluster={cluster} />, { api });
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'The backups could not be read',
    );
  });
});

describe('the form of a restore', () => {
  const openForm = async (backups: Backup[]) => {
    await show(
      backups,
      <OperationsMenu cluster={cluster} onStarted={() => {}} />,
    );
    await userEvent.click(
      await screen.findByRole('button', { name: 'Change' }),
    );
    await userEvent.click(
      await screen.findByRole('menuitem', { name: 'Restore a backup' }),
    );
    return screen.findByRole('dialog');
  };

  it('offers the backups by their time, and shows the plan of the chosen one', async () => {
    const dialog = await openForm([backup]);
    await userEvent.click(
      await within(dialog).findByRole('button', { name: /Backup/ }),
    );
    await userEvent.click(
      await screen.findByRole('option', { name: /387 objects, 0.1 MB/ }),
    );
    expect(
      await within(dialog).findByRole('list', { name: 'What will happen' }),
    ).toBeInTheDocument();
  });

  it('says that there is none', async () => {
    const dialog = await openForm([]);
    expect(dialog).toHaveTextContent('There is no backup of this cluster yet');
  });
});
