import { Route, Routes } from 'react-router-dom';
import { ClusterPage } from './ClusterPage';
import { ClustersPage } from './ClustersPage';

/** The list at the page's own path, one cluster below it. */
export const Router = () => (
  <Routes>
    <Route path="/" element={<ClustersPage />} />
    <Route path="/:clusterId" element={<ClusterPage />} />
  </Routes>
);
