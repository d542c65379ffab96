import { Button, Flex, TextAreaField, TextField } from '@backstage/ui';
import type {
  Environment,
  PolicyProblem,
  PolicyRole,
} from '@kubesmith/plugin-kubesmith-common';
import { RiAddLine } from '@remixicon/react';
import { EntitiesPicker } from '../EntityPicker';
import type { Names } from './describeRule';
import { Problems } from './Problems';
import { problemsAt } from './problemsAt';
import { RuleForm } from './RuleForm';
import { specialMembers } from './usePolicyNames';

/** A role as a form. */
export const RoleForm = (props: {
  role: PolicyRole;
  /** Of the role, such as `roles[1]`. */
  path: string;
  onChange: (role: PolicyRole) => void;
  environments: readonly Environment[];
  names: Names;
  problems: readonly PolicyProblem[];
}) => {
  const { role, path, onChange, environments, names, problems } = props;
  const at = (field: string) => problemsAt(problems, `${path}.${field}`);
  const optional = (text: string) => (text === '' ? undefined : text);

  return (
    <Flex direction="column" gap="4">
      <div>
        <TextField
          label="Title"
          placeholder="Such as First-year students"
          value={role.title ?? ''}
          onChange={title => onChange({ ...role, title: optional(title) })}
        />
        <Problems of={[...at('title'), ...at('name')]} />
      </div>
      <div>
        <TextAreaField
          label="Description"
          description="Why the role is there; shown to whoever has it."
          rows={2}
          value={role.description ?? ''}
          onChange={description =>
            onChange({ ...role, description: optional(description) })
          }
        />
        <Problems of={at('description')} />
      </div>
      <EntitiesPicker
        label="Members"
        description="People and groups of the catalog. Members of a group within a group need the inner group to be named."
        special={specialMembers}
        value={role.members}
        onChange={members => onChange({ ...role, members })}
        nameOf={names.entity}
      >
        <Problems of={at('members')} />
      </EntitiesPicker>
      {role.rules.map((rule, index) => (
        <RuleForm
          // Rules have no name; their order is theirs.
          key={index}
          rule={rule}
          number={index + 1}
          path={`${path}.rules[${index}]`}
          onChange={next =>
            onChange({
              ...role,
              rules: role.rules.map((each, n) => (n === index ? next : each)),
            })
          }
          onRemove={() =>
            onChange({
              ...role,
              rules: role.rules.filter((_, n) => n !== index),
            })
          }
          environments={environments}
          names={names}
          problems={problems}
        />
      ))}
      <div>
        <Button
          variant="secondary"
          iconStart={<RiAddLine aria-hidden />}
          onPress={() =>
            onChange({
              ...role,
              rules: [...role.rules, { effect: 'allow', verbs: [] }],
            })
          }
        >
          Add a rule
        </Button>
      </div>
    </Flex>
  );
};
