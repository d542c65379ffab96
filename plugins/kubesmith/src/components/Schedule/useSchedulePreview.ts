import { useApi } from '@backstage/frontend-plugin-api';
import type {
  SchedulePreview,
  ScheduleWish,
} from '@kubesmith/plugin-kubesmith-common';
import { useEffect, useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { errorText } from '../../format/errorText';

const PAUSE_MS = 300;

/** What is known of a timetable: nothing while the portal is asked. */
export type PreviewState = { preview?: SchedulePreview; error?: string };

/** What a timetable would do, asked for when whoever fills it in pauses; undefined asks for nothing. */
export function useSchedulePreview(
  wish: ScheduleWish | undefined,
): PreviewState {
  const kubesmithApi = useApi(kubesmithApiRef);
  const [state, setState] = useState<PreviewState & { of?: string }>({});
  const wanted = wish && JSON.stringify(wish);

  useEffect(() => {
    if (wanted === undefined) return undefined;
    let isStale = false;
    const timer = setTimeout(() => {
      kubesmithApi.previewSchedule(JSON.parse(wanted)).then(
        preview => isStale || setState({ of: wanted, preview }),
        cause => isStale || setState({ of: wanted, error: errorText(cause) }),
      );
    }, PAUSE_MS);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [kubesmithApi, wanted]);

  return wanted !== undefined && state.of === wanted ? state : {};
}
