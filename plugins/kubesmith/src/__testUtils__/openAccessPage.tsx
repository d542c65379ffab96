import { mockApis } from '@backstage/frontend-test-utils';
import { catalogApiRef } from '@backstage/plugin-catalog-react';
import { catalogApiMock } from '@backstage/plugin-catalog-react/testUtils';
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { policiesApiRef } from '../api/policiesApi';
import { AccessPage } from '../components/AccessPage';
import { MemoryKubesmithApi } from './MemoryKubesmithApi';
import { MemoryPoliciesApi } from './MemoryPoliciesApi';
import { aCluster, anEnvironment } from './records';
import { renderWithApi } from './renderWithApi';

/** Policies with an administrator and members. */
export const shipped = `apiVersion: kubesmith.io/v1
kind: Policies
roles:
  # Keep this.
  - name: administrator
    title: Administrator
    members: [user:default/ada]
    rules:
      - verbs: [manage-policy]
  - name: member
    title: Member
    description: Orders clusters.
    members: [$everyone]
    rules:
      - verbs: [create]
        where: { environments: [distributed-systems-2026] }
        whose: own
        sizes: [small]
      - { verbs: [read, delete], where: all, whose: own }
`;
/** Who is signed in. */
export const me = 'user:default/ada';
const entities = [
  ['User', 'ada', 'Ada Lovelace'],
  ['User', 'sam', 'Sam Student'],
  ['Group', 'first-year', 'First years'],
].map(([kind, name, displayName]) => ({
  apiVersion: 'backstage.io/v1alpha1',
  kind,
  metadata: { name, namespace: 'default' },
  spec: { profile: { displayName } },
}));

/**
 * Opens the page with doubles of the policies, the clusters and the catalog.
 *
 * @param prepare - changes the policies before
 */
export async function open(
  prepare: (policies: MemoryPoliciesApi) => void = () => {},
) {
  const policies = new MemoryPoliciesApi(shipped);
  policies.me = me;
  policies.cluster = aCluster({ owner: 'user:default/sam' });
  policies.people = [me, 'user:default/sam'].map(userRef => ({
    userRef,
    claims: [userRef],
  }));
  prepare(policies);
  const api = new MemoryKubesmithApi([policies.cluster]);
  api.environments = [
    anEnvironment(),
    anEnvironment({ name: 'research', title: 'Research', canOrder: false }),
  ];
  const view = await renderWithApi(<AccessPage />, {
    api,
    apis: [
      [policiesApiRef, policies],
      [catalogApiRef, catalogApiMock({ entities })],
      mockApis.identity({ userEntityRef: me }),
    ],
  });
  return { ...view, policies };
}

/** Mouse and keyboard. */
export const user = userEvent.setup({ delay: null });
/** The card of a role. */
export const role = (name: string) => screen.findByRole('group', { name });
/** Presses a button. */
export const press = async (name: string | RegExp) =>
  user.click(await screen.findByRole('button', { name }));
/** The button that leads to saving. */
export const saveButton = () =>
  screen.getByRole('button', { name: 'Preview and save' });
