import { Navigate, Outlet, Route, Routes } from 'react-router-dom';
import { AccessPage } from './AccessPage';
import { AuditPage } from './AuditPage';
import { ClusterPage } from './ClusterPage';
import { ClustersPage } from './ClustersPage';
import { EnvironmentPage, EnvironmentsPage } from './EnvironmentsPage';
import { FindingsPage } from './FindingsPage';
import { QuotasPage } from './QuotasPage';
import { RequestsPage } from './RequestsPage';
import { StaffLinks } from './StaffLinks';
import { TokensPage } from './TokensPage';

const WithStaffLinks = () => (
  <>
    <StaffLinks />
    <Outlet />
  </>
);

/** The list at the page's own path; one cluster and the staff pages below it. */
export const Router = () => (
  <Routes>
    <Route element={<WithStaffLinks />}>
      <Route path="/" element={<ClustersPage />} />
      <Route path="/clusters/:clusterId" element={<ClusterPage />} />
      <Route path="/access" element={<AccessPage />} />
      <Route path="/requests" element={<RequestsPage />} />
      <Route path="/quotas" element={<QuotasPage />} />
      <Route path="/tokens" element={<TokensPage />} />
      <Route path="/environments" element={<EnvironmentsPage />} />
      <Route path="/environments/:name" element={<EnvironmentPage />} />
      <Route path="/new-environment" element={<EnvironmentPage />} />
      <Route path="/findings" element={<FindingsPage />} />
      <Route path="/audit" element={<AuditPage />} />
    </Route>
    <Route path="/clusters" element={<Navigate to=".." replace />} />
  </Routes>
);
