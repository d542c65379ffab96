import { useApi, useRouteRef } from '@backstage/frontend-plugin-api';
import { RequirePermission } from '@backstage/plugin-permission-react';
import { Container, Link } from '@backstage/ui';
import { type ReactElement, useEffect, useState } from 'react';
import { useLocation } from 'react-router-dom';
import { kubesmithApiRef } from '../../api/kubesmithApi';
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

/** Something for those who look after an environment. What cannot be found out is not shown: the page itself says why. */
const WithEnvironment = ({ children }: { children: ReactElement }) => {
  const kubesmithApi = useApi(kubesmithApiRef);
  const [hasOne, setHasOne] = useState(false);
  useEffect(() => {
    let isStale = false;
    kubesmithApi.listQuotas().then(
      ({ environments }) => isStale || setHasOne(environments.length > 0),
      () => isStale || setHasOne(false),
    );
    return () => {
      isStale = true;
    };
  }, [kubesmithApi]);
  return hasOne ? children : null;
};

const StaffLink = (page: StaffPage) => {
  const { label, route, permission, needsEnvironment, alsoAt } = page;
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
      {needsEnvironment ? <WithEnvironment>{item}</WithEnvironment> : item}
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
