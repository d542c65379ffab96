import { Alert, Flex, Text } from '@backstage/ui';
import type { EnvironmentCheck } from '@kubesmith/plugin-kubesmith-common';
import { ToneIcon } from '../PhaseBadge';
import styles from './EnvironmentsPage.module.css';

type Finding = EnvironmentCheck['findings'][number];

const levels = {
  ok: { label: 'All right', tone: 'success' },
  info: { label: 'Good to know', tone: 'neutral' },
  warning: { label: 'Warning', tone: 'warning' },
  problem: { label: 'Problem', tone: 'danger' },
} as const;

/** What Proxmox has of an environment, problems first. */
export const FindingsList = ({ findings }: { findings: Finding[] }) => {
  const problems = findings.filter(({ level }) => level === 'problem').length;
  const order = ['problem', 'warning', 'info', 'ok'];
  const sorted = [...findings].sort(
    (a, b) => order.indexOf(a.level) - order.indexOf(b.level),
  );
  return (
    <Flex direction="column" gap="3">
      <Alert
        role="status"
        status={problems === 0 ? 'success' : 'warning'}
        icon
        title={
          problems === 0
            ? 'Everything that was looked at is there'
            : `${problems} ${
                problems === 1 ? 'thing is' : 'things are'
              } missing in Proxmox`
        }
        description={
          problems === 0
            ? undefined
            : 'The environment can be saved; orders fail until this is mended.'
        }
      />
      <ul className={styles.findings} aria-label="What Proxmox has">
        {sorted.map(({ level, text, remedy }) => (
          <li key={text}>
            <ToneIcon tone={levels[level].tone} />
            <span>
              <Text weight="bold">{levels[level].label}: </Text>
              <Text>{text}</Text>
              {remedy && (
                <Text as="p" color="secondary">
                  {remedy}
                </Text>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Flex>
  );
};
