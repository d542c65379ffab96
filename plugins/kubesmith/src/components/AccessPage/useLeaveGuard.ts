import { useEffect } from 'react';

/**
 * Asks before a page with unsaved changes is left: by the browser when its tab is closed or loaded anew, by us for links
 * within the portal. (React Router can block only in apps that are made with its data router; Backstage's are not.)
 */
export function useLeaveGuard(isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) {
      return undefined;
    }
    const onUnload = (event: BeforeUnloadEvent) => {
      event.preventDefault();
      // Older browsers look at this instead.
      event.returnValue = '';
    };
    const onClick = (event: MouseEvent) => {
      const link = (event.target as Element | null)?.closest?.('a[href]');
      if (
        !(link instanceof HTMLAnchorElement) ||
        link.target === '_blank' ||
        event.ctrlKey ||
        event.metaKey ||
        link.pathname === window.location.pathname
      ) {
        return;
      }
      // eslint-disable-next-line no-alert -- the browser asks the same way when the tab is closed
      const mayLeave = window.confirm(
        'Your changes to access are not saved. Leave the page? They are kept until this tab is closed.',
      );
      if (!mayLeave) {
        event.preventDefault();
        event.stopPropagation();
      }
    };
    window.addEventListener('beforeunload', onUnload);
    document.addEventListener('click', onClick, true);
    return () => {
      window.removeEventListener('beforeunload', onUnload);
      document.removeEventListener('click', onClick, true);
    };
  }, [isDirty]);
}
