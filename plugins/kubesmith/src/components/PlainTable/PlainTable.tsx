import type { ReactNode } from 'react';
import styles from './PlainTable.module.css';

/** A table of a few rows whose cells hold more than a line: no sorting, no pages. */
export const PlainTable = (props: {
  /** What is in it, for those who hear it. */
  label: string;
  /** Headings of the columns. */
  columns: readonly ReactNode[];
  /** Rows, each of which begins with a `th` of scope `row`. */
  children: ReactNode;
}) => (
  <table className={styles.table} aria-label={props.label}>
    <thead>
      <tr>
        {props.columns.map((column, index) => (
          // Columns do not move.
          // eslint-disable-next-line react/no-array-index-key
          <th key={index} scope="col">
            {column}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>{props.children}</tbody>
  </table>
);
