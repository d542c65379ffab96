import { useRouteRef } from '@backstage/frontend-plugin-api';
import { RequirePermission } from '@backstage/plugin-permission-react';
import { Container, Link } from '@backstage/ui';
import { useLocation } from 'react-router-dom';
import { rootRouteRef } from '../../routes';
import styles from './StaffLinks.module.css';
import { staffPages, type StaffPage } from './staffPages';

/** `page` on the page itself, `true` on those that belong to it, as screen readers want it. */
function currentOf(
  path: string,
  at: { href: string; root: string; alsoAt?: string },
): 'page' | 'true' | undefined {
  const { href, root, alsoAt } = at;
  if (path === href) return 'page';
  const isBelow = (other: string) =>
    path === other || path.startsWith(`${other}/`);
  return (href !== root && isBelow(href)) ||
    (alsoAt !== undefined && isBelow(`${root}/${alsoAt}`))
    ? 'true'
    : undefined;
}

const StaffLink = ({ label, route, permission, alsoAt }: StaffPage) => {
  const path = useLocation().pathname.replace(/\/$/, '');
  const root = useRouteRef(rootRouteRef)?.() ?? '';
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
        aria-current={currentOf(path, { href, root, alsoAt })}
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
