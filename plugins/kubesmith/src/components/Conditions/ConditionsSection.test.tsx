import { screen, within } from '@testing-library/react';
import type { ClusterCondition } from '@kubesmith/plugin-kubesmith-common';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { ConditionsSection } from './ConditionsSection';

const condition = (
  values: Partial<ClusterCondition> = {},
): ClusterCondition => ({
  type: 'reachable',
  status: 'true',
  reason: 'Answers',
  message: 'The portal can ask the cluster.',
  since: '2026-11-21T10:00:00.000Z',
  ...values,
});

describe('ConditionsSection', () => {
  it('tells first what is not as it should be, and what to do', async () => {
    await renderWithApi(
      <ConditionsSection
        conditions={[
          condition(),
          condition({
            type: 'certificates',
            status: 'unknown',
            message: 'Could not be read.',
          }),
          condition({
            type: 'nodes-present',
            status: 'false',
            reason: 'NodeMissing',
            message: 'Kubernetes does not know demo-w-1.',
            nextStep: 'Repair the cluster.',
          }),
        ]}
      />,
      { api: new MemoryKubesmithApi() },
    );
    const items = within(
      screen.getByRole('list', { name: 'Condition' }),
    ).getAllByRole('listitem');
    expect(items.map(({ textContent }) => textContent)).toEqual([
      expect.stringMatching(
        /^All nodes are there: NoKubernetes does not know demo-w-1\.What to do: Repair the cluster\.Since .*2026/,
      ),
      expect.stringMatching(/^Certificates last: Not known.*Since/),
      'The cluster answers: YesThe portal can ask the cluster.',
    ]);
  });
});
