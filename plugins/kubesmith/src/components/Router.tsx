import { Navigate, Route, Routes } from 'react-router-dom';
import { AuditPage } from './AuditPage';
import { ClusterPage } from './ClusterPage';
import { ClustersPage } from './ClustersPage';

/** The list at the page's own path; one cluster and the audit trail below it. */
export const Router = () => (
  <Routes>
    <Route path="/" element={<ClustersPage />} />
    <Route path="/clusters" element={<Navigate to=".." replace />} />
    <Route path="/audit" element={<AuditPage />} />
    <Route path="/clusters/:clusterId" element={<ClusterPage />} />
  </Routes>
);
