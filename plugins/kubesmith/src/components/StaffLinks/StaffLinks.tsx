import { useRouteRef } from '@backstage/frontend-plugin-api';
import { RequirePermission } from '@backstage/plugin-permission-react';
import { Container, Link } from '@backstage/ui';
import { useLocation } from 'react-router-dom';
import styles from './StaffLinks.module.css';
import { staffPages, type StaffPage } from './staffPages';

const StaffLink = ({ label, route, permission }: StaffPage) => {
  const { pathname } = useLocation();
  const href = useRouteRef(route)?.();
  if (!href) {
    return null;
  }
  const item = (
    <li>
      <Link
        className={styles.link}
        color="primary"
        standalone
        href={href}
        aria-current={pathname.replace(/\/$/, '') === href ? 'page' : undefined}
      >
        {label}
      </Link>
    </li>
  );
  return permission ? (
    <RequirePermission permission={permission} errorPage={<></>}>
      {item}
    </RequirePermission>
  ) : (
    item
  );
};

/** Leads from one page of Kubesmith to the others that the person may open. */
export const StaffLinks = () => (
  <Container pt="2" pb="0">
    <nav aria-label="Kubesmith">
      <ul className={styles.list}>
        {staffPages.map(page => (
          <StaffLink key={page.label} {...page} />
        ))}
      </ul>
    </nav>
  </Container>
);
