import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryKubesmithApi } from '../../../__testUtils__/MemoryKubesmithApi';
import { aCluster, anEnvironment, aPlan } from '../../../__testUtils__/records';
import { renderWithApi } from '../../../__testUtils__/renderWithApi';
import { OperationsMenu } from '..';

const running = aCluster();
const cluster = {
  ...running,
  spec: { ...running.spec, kubernetesVersion: '1.35.6' },
};

async function choose(kubernetesVersions: string[]) {
  const api = new MemoryKubesmithApi([cluster]);
  api.environments = [
    anEnvironment({ name: cluster.environment, kubernetesVersions }),
  ];
  api.plan = request =>
    aPlan({
      kind: request.kind,
      summary: `It goes to ${request.kubernetesVersion}`,
    });
  api.possibleOperations = [
    {
      kind: 'upgrade',
      title: 'Upgrade Kubernetes',
      description: 'About it.',
      available: true,
    },
  ];
  await renderWithApi(
    <OperationsMenu cluster={cluster} onStarted={() => {}} />,
    { api },
  );
  await userEvent.click(await screen.findByRole('button', { name: 'Change' }));
  await userEvent.click(
    await screen.findByRole('menuitem', { name: 'Upgrade Kubernetes' }),
  );
  return { dialog: within(await screen.findByRole('dialog')) };
}

describe('the form of upgrades', () => {
  it('offers what can be reached at once, and nothing begins before one is chosen', async () => {
    const { dialog } = await choose(['1.37.1', '1.36.3', '1.35.6', '1.34.0']);
    const start = dialog.getByRole('button', { name: 'Upgrade Kubernetes' });
    expect(start).toBeDisabled();
    await userEvent.click(
      await dialog.findByRole('button', { name: /New version/ }),
    );
    expect(
      screen.getAllByRole('option').map(({ textContent }) => textContent),
    ).toEqual([
      'Kubernetes 1.36.3',
      'Kubernetes 1.35.6: go on with an upgrade that was not finished',
    ]);
  });

  it('says when nothing newer is offered', async () => {
    const { dialog } = await choose(['1.35.6']);
    expect(
      await dialog.findByText(/offers no newer version than 1.35.6/),
    ).toBeVisible();
  });
});
