import { Alert, Flex, Text } from '@backstage/ui';
import type {
  PolicyChange,
  PolicyPreview,
} from '@kubesmith/plugin-kubesmith-common';
import styles from './PreviewTable.module.css';
import { EntityName } from '../EntityName';
import { list, type Names } from './describeRule';
import { verbTexts } from './verbTexts';

type Row = {
  key: string;
  user: string;
  change: PolicyChange['change'];
  cluster?: PolicyChange['cluster'];
  environment?: string;
  verbs: string[];
};

/** One row for all rights that one person gains, or loses, on one cluster or in one environment. */
function toRows(changes: readonly PolicyChange[]): Row[] {
  const rows = new Map<string, Row>();
  for (const { user, change, cluster, environment, verb } of changes) {
    const about = cluster?.id ?? environment ?? '';
    const key = [user, change, about].join(' ');
    const row = rows.get(key) ?? {
      key,
      user,
      change,
      cluster,
      environment,
      verbs: [],
    };
    row.verbs.push(verbTexts[verb].label);
    rows.set(key, row);
  }
  return [...rows.values()].sort((a, b) => a.key.localeCompare(b.key));
}

/** Who would gain and who would lose which right on which cluster, and whether somebody would be locked out. */
export const PreviewTable = (props: {
  preview: PolicyPreview;
  /** Entity ref of who looks at it. */
  me: string;
  names: Names;
}) => {
  const { preview, me, names } = props;
  const losesAccess = preview.changes.some(
    ({ user, verb, change }) =>
      user === me && verb === 'manage-policy' && change === 'loses',
  );
  const rows = toRows(preview.changes);

  return (
    <Flex direction="column" gap="3">
      {preview.managers === 0 && (
        <Alert
          role="alert"
          status="danger"
          icon
          title="Nobody could change access any more"
          description="The portal will not save this. Give “Access” to somebody whom the catalog knows."
        />
      )}
      {losesAccess && preview.managers > 0 && (
        <Alert
          role="alert"
          status="warning"
          icon
          title="You would lose the right to change access"
          description="After saving, only others could bring it back."
        />
      )}
      {rows.length === 0 ? (
        <Text as="p">
          Nobody gains or loses a right on the clusters that there are now (
          {preview.clusters}), or the right to order in an environment.
        </Text>
      ) : (
        <div className={styles.box}>
          <table className={styles.table}>
            <caption>
              {preview.total} changes for {preview.users} people on{' '}
              {preview.clusters} clusters and in environments
              {preview.total > preview.changes.length &&
                `; the first ${preview.changes.length} are shown`}
            </caption>
            <thead>
              <tr>
                <th scope="col">Who</th>
                <th scope="col">Change</th>
                <th scope="col">Rights</th>
                <th scope="col">On</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(
                ({ key, user, change, cluster, environment, verbs }) => (
                  <tr key={key}>
                    <th scope="row">
                      <EntityName entityRef={user} />
                    </th>
                    <td className={styles[change]}>{change}</td>
                    <td>{list(verbs)}</td>
                    <td>
                      {cluster && (
                        <>
                          {cluster.name} in{' '}
                          {names.environment(cluster.environment)}, of{' '}
                          <EntityName entityRef={cluster.owner} />
                        </>
                      )}
                      {environment && names.environment(environment)}
                      {!cluster && !environment && 'the whole portal'}
                    </td>
                  </tr>
                ),
              )}
            </tbody>
          </table>
        </div>
      )}
    </Flex>
  );
};
