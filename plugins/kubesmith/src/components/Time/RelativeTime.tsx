import { useNow } from '../../hooks/useNow';
import { formatAbsolute, formatRelative } from '../../format/time';

/**
 * A moment as seen from now, with the date and time of day in its tooltip.
 *
 * @param props.at - ISO 8601
 * @param props.withDate - writes the date beside it, where there is room
 */
export const RelativeTime = (props: { at: string; withDate?: boolean }) => {
  const moment = Date.parse(props.at);
  const now = useNow(30_000);
  const absolute = formatAbsolute(moment);
  return (
    <time dateTime={props.at} title={absolute}>
      {formatRelative(moment, now)}
      {props.withDate && ` (${absolute})`}
    </time>
  );
};
