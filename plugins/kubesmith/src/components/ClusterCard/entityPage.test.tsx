import { filterPredicateToFilterFunction } from '@backstage/filter-predicates';
import { renderTestApp } from '@backstage/frontend-test-utils';
import { catalogApiRef } from '@backstage/plugin-catalog-react';
import {
  catalogApiMock,
  createTestEntityPage,
} from '@backstage/plugin-catalog-react/testUtils';
import { screen } from '@testing-library/react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { isOurCluster } from '../../entityExtensions';
import { kubesmithPlugin } from '../../plugin';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { aCluster } from '../../__testUtils__/records';

function clusterEntity(annotations: Record<string, string>) {
  return {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'Resource',
    metadata: {
      namespace: 'kubesmith',
      name: 'distributed-systems-2026.demo',
      annotations,
    },
    spec: { type: 'kubernetes-cluster', owner: 'user:default/student-1' },
  };
}

function showCard(annotations: Record<string, string>) {
  const entity = clusterEntity(annotations);
  renderTestApp({
    extensions: [
      createTestEntityPage({ entity }),
      kubesmithPlugin.getExtension('entity-card:kubesmith/cluster'),
    ],
    apis: [
      [catalogApiRef, catalogApiMock({ entities: [entity] })],
      [kubesmithApiRef, new MemoryKubesmithApi([aCluster()])],
    ],
  });
}

describe('the card on the entity page', () => {
  it('shows the state out of our API', async () => {
    showCard({ 'kubesmith.io/cluster-id': aCluster().id });
    expect(
      await screen.findByText('https://10.40.19.203:6443'),
    ).toBeInTheDocument();
    expect(screen.getByText('Ready')).toBeInTheDocument();
  });

  it('is for our clusters only', () => {
    const isShown = filterPredicateToFilterFunction(isOurCluster);
    const ours = clusterEntity({ 'kubesmith.io/cluster-id': aCluster().id });

    expect(isShown(ours)).toBe(true);
    expect(isShown(clusterEntity({}))).toBe(false);
    expect(isShown({ ...ours, spec: { type: 'database' } })).toBe(false);
    expect(isShown({ ...ours, kind: 'Component' })).toBe(false);
  });
});
