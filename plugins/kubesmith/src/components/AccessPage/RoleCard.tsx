import { Button, Card, CardBody, CardHeader, Flex, Text } from '@backstage/ui';
import type {
  Environment,
  PolicyProblem,
  PolicyRole,
} from '@kubesmith/plugin-kubesmith-common';
import { Chips } from '../Chips';
import styles from './AccessPage.module.css';
import { describeRule, type Names } from './describeRule';
import { Problems } from './Problems';
import { problemsAt } from './problemsAt';
import { RoleForm } from './RoleForm';

/** What a role gives, in sentences. */
export const RoleRules = (props: {
  rules: PolicyRole['rules'];
  names: Names;
}) =>
  props.rules.length === 0 ? (
    <Text color="secondary">No rules: the role allows nothing yet.</Text>
  ) : (
    <ul className={styles.rules}>
      {props.rules.flatMap((rule, index) =>
        describeRule(rule, props.names).map(sentence => (
          <li key={`${index} ${sentence}`}>
            <Text>{sentence}</Text>
          </li>
        )),
      )}
    </ul>
  );

/** One role: who has it and what they may do; as a form while it is edited. */
export const RoleCard = (props: {
  role: PolicyRole;
  /** Of the role, such as `roles[1]`. */
  path: string;
  isEditing: boolean;
  /** How the role can be changed; it cannot when missing. */
  edit?: {
    open: () => void;
    close: () => void;
    change: (role: PolicyRole) => void;
    duplicate: () => void;
    remove: () => void;
  };
  environments: readonly Environment[];
  names: Names;
  problems: readonly PolicyProblem[];
}) => {
  const { role, path, isEditing, edit, environments, names, problems } = props;
  const title = role.title ?? role.name;

  return (
    <Card role="group" aria-label={title}>
      <CardHeader>
        <Flex justify="between" align="center" gap="3">
          <Text as="h3" variant="title-x-small">
            {title}
          </Text>
          {edit && (
            <Flex gap="2">
              <Button
                size="small"
                variant="secondary"
                aria-label={
                  isEditing ? `Close the form of ${title}` : `Edit ${title}`
                }
                onPress={isEditing ? edit.close : edit.open}
              >
                {isEditing ? 'Close' : 'Edit'}
              </Button>
              <Button
                size="small"
                variant="tertiary"
                aria-label={`Duplicate ${title}`}
                onPress={edit.duplicate}
              >
                Duplicate
              </Button>
              <Button
                size="small"
                variant="tertiary"
                aria-label={`Remove ${title}`}
                onPress={edit.remove}
              >
                Remove
              </Button>
            </Flex>
          )}
        </Flex>
      </CardHeader>
      <CardBody>
        {isEditing && edit ? (
          <RoleForm
            role={role}
            path={path}
            onChange={edit.change}
            environments={environments}
            names={names}
            problems={problems}
          />
        ) : (
          <Flex direction="column" gap="3">
            {role.description && (
              <Text color="secondary">{role.description}</Text>
            )}
            <Flex align="center" gap="2">
              <Text weight="bold">Members</Text>
              {role.members.length === 0 ? (
                <Text color="secondary">nobody</Text>
              ) : (
                <Chips
                  label="Members"
                  ids={role.members}
                  nameOf={names.entity}
                />
              )}
            </Flex>
            <RoleRules rules={role.rules} names={names} />
            <Problems of={problemsAt(problems, path)} />
          </Flex>
        )}
      </CardBody>
    </Card>
  );
};
