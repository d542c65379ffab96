import { Text } from '@backstage/ui';
import type { PolicyEnvironmentAnswers } from '@kubesmith/plugin-kubesmith-common';
import { whyOf, YesOrNo } from './AnswersTable';
import type { Names } from './describeRule';
import styles from './PreviewTable.module.css';
import { verbTexts } from './verbTexts';

/** Where somebody may order, because of which rule, and what they manage there. */
export const EnvironmentAnswers = (props: {
  environments: readonly PolicyEnvironmentAnswers[];
  names: Names;
}) => {
  const { environments, names } = props;
  if (environments.length === 0) {
    return <Text color="secondary">No environment.</Text>;
  }
  return (
    <table className={styles.table}>
      <caption>In environments</caption>
      <thead>
        <tr>
          <th scope="col">Environment</th>
          <th scope="col">May order</th>
          <th scope="col">Because of</th>
          <th scope="col">Manages</th>
        </tr>
      </thead>
      <tbody>
        {environments.map(({ name, title, items }) => {
          const order = items.find(({ verb }) => verb === 'create');
          const managed = items
            .filter(({ verb, allowed }) => verb !== 'create' && allowed)
            .map(({ verb }) => verbTexts[verb].label);
          return (
            <tr key={name}>
              <th scope="row">{title}</th>
              <YesOrNo isYes={order?.allowed === true} />
              <td>{order && whyOf(order, names)}</td>
              <td>{managed.join(', ') || '–'}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
};
