import { useApi } from '@backstage/frontend-plugin-api';
import { kubesmithApiRef } from '@kubesmith/plugin-kubesmith';
import { useEffect, useState } from 'react';
import { checkOrder, problemText } from '../../form/orderCheck';

/** How long somebody must have stopped typing, in ms. */
const PAUSE_MS = 400;

/** What is known about a name. */
export type NameNews =
  | { state: 'unknown' }
  | { state: 'free' }
  | { state: 'problem'; text: string };

/** Whether a name is good and free in an environment, while it is being typed. */
export function useNameNews(
  name: string | undefined,
  environment: string | undefined,
): NameNews {
  const kubesmithApi = useApi(kubesmithApiRef);
  const [news, setNews] = useState<NameNews>({ state: 'unknown' });

  useEffect(() => {
    setNews({ state: 'unknown' });
    if (!name || !environment) {
      return undefined;
    }
    let isOvertaken = false;
    const timer = setTimeout(async () => {
      let next: NameNews = { state: 'unknown' };
      try {
        const problems = await checkOrder(kubesmithApi, { name, environment });
        const problem = problems.find(({ field }) => field === 'name');
        next = problem
          ? { state: 'problem', text: problemText(problem) }
          : { state: 'free' };
      } catch {
        // Only a convenience: the check before the next step says what is wrong.
      }
      if (!isOvertaken) {
        setNews(next);
      }
    }, PAUSE_MS);
    return () => {
      isOvertaken = true;
      clearTimeout(timer);
    };
  }, [kubesmithApi, name, environment]);

  return news;
}
