import {
  type QuotaResource,
  quotaUnit,
  shownAmount,
} from '@kubesmith/plugin-kubesmith-common';
import styles from './QuotasPage.module.css';

/** How much of a limit is used, as a bar and in words. */
export const UseBar = (props: {
  /** What the bar belongs to, for those who hear it. */
  of: string;
  resource: QuotaResource;
  limit: number;
  use: number;
}) => {
  const { resource, limit, use } = props;
  const text = `${shownAmount(resource, use)} of ${shownAmount(
    resource,
    limit,
  )} ${quotaUnit(resource)}`;
  const most = Math.max(limit, 1);
  return (
    <span className={styles.use} data-over={use > limit || undefined}>
      <meter
        min={0}
        max={most}
        value={Math.min(use, most)}
        aria-label={`${quotaUnit(resource)}, ${props.of}`}
        aria-valuetext={text}
      />
      <span>{use > limit ? `${text}: more than the limit` : text}</span>
    </span>
  );
};
