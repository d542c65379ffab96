import { useApi } from '@backstage/frontend-plugin-api';
import {
  Alert,
  Button,
  Flex,
  Menu,
  MenuItem,
  MenuTrigger,
} from '@backstage/ui';
import {
  parsePolicies,
  type Environment,
  type PolicyProblem,
  type PolicyRole,
} from '@kubesmith/plugin-kubesmith-common';
import { RiAddLine, RiFileCopyLine } from '@remixicon/react';
import { useEffect, useState } from 'react';
import { policiesApiRef } from '../../api/policiesApi';
import type { Names } from './describeRule';
import { RoleCard } from './RoleCard';
import { copyOf, nameFor } from './roleNames';

/** The roles that ship with Kubesmith, to copy from; none when they cannot be read. */
function useShippedRoles(isWanted: boolean): readonly PolicyRole[] {
  const policiesApi = useApi(policiesApiRef);
  const [roles, setRoles] = useState<readonly PolicyRole[]>([]);
  useEffect(() => {
    let isCurrent = true;
    if (isWanted) {
      policiesApi.version(0).then(
        ({ yaml }) =>
          isCurrent && setRoles(parsePolicies(yaml).document?.roles ?? []),
        () => undefined,
      );
    }
    return () => {
      isCurrent = false;
    };
  }, [policiesApi, isWanted]);
  return roles;
}

/** All roles; each can be edited in its place. */
export const RolesView = (props: {
  /** Missing while the text has mistakes that hide the roles. */
  roles?: readonly PolicyRole[];
  /** Names of the roles that are saved: theirs stay, those of new ones follow the title. */
  savedNames: readonly string[];
  /** How roles are changed; they cannot be when missing. */
  onChange?: (change: (roles: PolicyRole[]) => PolicyRole[]) => void;
  environments: readonly Environment[];
  names: Names;
  problems: readonly PolicyProblem[];
}) => {
  const { roles, savedNames, onChange, environments, names, problems } = props;
  const [editing, setEditing] = useState<number>();
  const shipped = useShippedRoles(onChange !== undefined);

  if (!roles) {
    return (
      <Alert
        role="status"
        status="warning"
        icon
        title="The text has mistakes, so its roles cannot be shown"
        description="Mend them under “As text”, or throw the changes away."
      />
    );
  }

  const add = (role: PolicyRole) => {
    onChange?.(old => [...old, role]);
    setEditing(roles.length);
  };
  const change = (index: number, next: PolicyRole) =>
    onChange?.(old =>
      old.map((role, n) => {
        if (n !== index) {
          return role;
        }
        const isSaved = savedNames.includes(role.name);
        const taken = old.filter((_, m) => m !== index).map(({ name }) => name);
        return isSaved || next.title === role.title
          ? next
          : { ...next, name: nameFor(next.title, taken) };
      }),
    );

  return (
    <Flex direction="column" gap="4">
      {onChange && (
        <Flex gap="3">
          <Button
            variant="secondary"
            iconStart={<RiAddLine aria-hidden />}
            onPress={() =>
              add({
                name: nameFor(
                  'New role',
                  roles.map(({ name }) => name),
                ),
                title: 'New role',
                members: [],
                rules: [{ effect: 'allow', verbs: [] }],
              })
            }
          >
            Add a role
          </Button>
          <MenuTrigger>
            <Button
              variant="secondary"
              iconStart={<RiFileCopyLine aria-hidden />}
              isDisabled={shipped.length === 0}
            >
              Copy a shipped role
            </Button>
            <Menu>
              {shipped.map(role => (
                <MenuItem
                  key={role.name}
                  onAction={() => add(copyOf(role, roles))}
                >
                  {role.title ?? role.name}
                </MenuItem>
              ))}
            </Menu>
          </MenuTrigger>
        </Flex>
      )}
      {roles.map((role, index) => (
        <RoleCard
          // A role may change its name while it is edited; its place is what stays.
          key={index}
          role={role}
          path={`roles[${index}]`}
          isEditing={editing === index}
          edit={
            onChange && {
              open: () => setEditing(index),
              close: () => setEditing(undefined),
              change: next => change(index, next),
              duplicate: () => add(copyOf(role, roles)),
              remove: () => {
                onChange(old => old.filter((_, n) => n !== index));
                setEditing(undefined);
              },
            }
          }
          environments={environments}
          names={names}
          problems={problems}
        />
      ))}
    </Flex>
  );
};
