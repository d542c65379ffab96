import { catalogApiMock } from '@backstage/plugin-catalog-react/testUtils';
import { catalogApiRef } from '@backstage/plugin-catalog-react';
import { KubesmithApiError } from '@kubesmith/plugin-kubesmith-common';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { aCluster, aShare } from '../../__testUtils__/records';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { SharingSection } from './SharingSection';
import { untilChoices } from './untilChoices';

jest.setTimeout(60_000);

const cluster = aCluster({ expiresAt: '2099-01-01T00:00:00.000Z' });
const people = catalogApiMock({
  entities: [
    {
      apiVersion: 'backstage.io/v1alpha1',
      kind: 'User',
      metadata: { namespace: 'default', name: 'grace' },
      spec: { profile: { displayName: 'Grace Hopper' } },
    },
    {
      apiVersion: 'backstage.io/v1alpha1',
      kind: 'Group',
      metadata: { namespace: 'default', name: 'tutors' },
      spec: { type: 'team', children: [] },
    },
  ],
});

async function show(
  options: { api?: MemoryKubesmithApi; can?: typeof cluster.can } = {},
) {
  const api = options.api ?? new MemoryKubesmithApi([cluster]);
  const onChanged = jest.fn();
  const view = await renderWithApi(
    <SharingSection
      cluster={{ ...cluster, can: options.can ?? cluster.can }}
      onChanged={onChanged}
    />,
    { api, apis: [[catalogApiRef, people]] },
  );
  return { ...view, api, onChanged };
}

async function openForm() {
  await userEvent.click(await screen.findByRole('button', { name: 'Share' }));
  const dialog = within(await screen.findByRole('dialog'));
  await dialog.findByRole('radio', { name: /^Administrator/ });
  return dialog;
}

async function choose(name: RegExp) {
  await userEvent.click(
    screen.getByRole('combobox', { name: /Person or group/ }),
  );
  await userEvent.click(await screen.findByRole('option', { name }));
}

describe('SharingSection', () => {
  it('says that it is shared with nobody', async () => {
    await show({ can: { delete: false, access: false } });
    expect(await screen.findByText(/^Shared with nobody/)).toBeInTheDocument();
    expect(
      screen.queryByRole('button', { name: 'Share' }),
    ).not.toBeInTheDocument();
  });

  it('lists the shares, and ends one after a question', async () => {
    const api = new MemoryKubesmithApi([cluster]);
    api.shares = [aShare({ role: 'editor', namespaces: ['team-a', 'team-b'] })];
    const { onChanged } = await show({ api });
    expect(
      await screen.findByRole('row', { name: 'student-2' }),
    ).toHaveTextContent(/Editor.*team-a, team-b.*student-1/);
    const endShare = jest.spyOn(api, 'endShare');

    await userEvent.click(
      screen.getByRole('button', {
        name: 'End the share with user:default/student-2',
      }),
    );
    expect(endShare).not.toHaveBeenCalled();
    await userEvent.click(
      await screen.findByRole('button', { name: 'End share' }),
    );
    expect(await screen.findByText(/^Shared with nobody/)).toBeInTheDocument();
    expect(endShare).toHaveBeenCalledWith(aShare().id);
    expect(onChanged).toHaveBeenCalledTimes(1);
  });

  it('shares with somebody of the catalog, as viewer of the whole cluster unless more is chosen', async () => {
    const { api, onChanged } = await show();
    const createShare = jest.spyOn(api, 'createShare');
    const form = await openForm();
    expect(form.getByRole('button', { name: 'Share' })).toBeDisabled();

    await choose(/Grace Hopper/);
    await userEvent.click(form.getByRole('button', { name: 'Share' }));

    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );
    expect(createShare).toHaveBeenCalledWith(cluster.id, {
      subject: 'user:default/grace',
      role: 'viewer',
      until: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(onChanged).toHaveBeenCalledTimes(1);
    expect(await screen.findByRole('row', { name: 'grace' })).toHaveTextContent(
      /Viewer.*whole cluster/,
    );
  });

  it('shares namespaces with a group', async () => {
    const { api } = await show();
    const createShare = jest.spyOn(api, 'createShare');
    const form = await openForm();
    await choose(/group tutors/);
    await userEvent.click(form.getByRole('radio', { name: /^Editor/ }));
    await userEvent.click(
      form.getByRole('radio', { name: 'In some namespaces only' }),
    );
    expect(form.getByRole('button', { name: 'Share' })).toBeDisabled();
    await userEvent.type(
      form.getByRole('textbox', { name: /Namespaces/ }),
      'team-a, team-b',
    );
    await userEvent.click(form.getByRole('button', { name: 'Share' }));
    await waitFor(() =>
      expect(createShare).toHaveBeenCalledWith(
        cluster.id,
        expect.objectContaining({
          subject: 'group:default/tutors',
          role: 'editor',
          namespaces: ['team-a', 'team-b'],
        }),
      ),
    );
  });

  it('offers no more than the user has', async () => {
    const api = new MemoryKubesmithApi([cluster]);
    api.grantOptions = {
      ...api.grantOptions,
      roles: [{ role: 'viewer', namespaces: ['team-a'] }],
    };
    await show({ api });
    await userEvent.click(await screen.findByRole('button', { name: 'Share' }));
    const form = within(await screen.findByRole('dialog'));
    await form.findByRole('radio', { name: /^Viewer/ });
    expect(form.queryByRole('radio', { name: /^Editor/ })).toBeNull();
    expect(form.queryByRole('radio', { name: /whole cluster/ })).toBeNull();
    expect(form.getByText('Some of team-a')).toBeInTheDocument();
  });

  it('says why it could not be shared, and keeps what was chosen', async () => {
    const { api } = await show();
    jest.spyOn(api, 'createShare').mockRejectedValueOnce(
      new KubesmithApiError({
        status: 409,
        code: 'KUBESMITH-SHARE-EXISTS',
        message: "This is shared with 'user:default/grace' already.",
      }),
    );
    const form = await openForm();
    await choose(/Grace Hopper/);
    await userEvent.click(form.getByRole('button', { name: 'Share' }));
    expect(await form.findByRole('alert')).toHaveTextContent(
      "This is shared with 'user:default/grace' already.",
    );
    expect(form.getByRole('button', { name: 'Share' })).toBeEnabled();
  });
});

describe('untilChoices', () => {
  const now = Date.parse('2026-11-21T10:00:00Z');

  it('end with the cluster, and after a year', () => {
    const days = (expiresAt: string) =>
      untilChoices(now, expiresAt).map(
        ({ id }) => (Date.parse(id) - now) / 86_400_000,
      );
    expect(days('2026-12-01T10:00:00Z')).toEqual([1, 7, 10]);
    expect(days('2099-12-01T10:00:00Z')).toEqual([1, 7, 30, 90, 180, 365]);
    expect(days('2026-11-20T10:00:00Z')).toEqual([]);
  });
});
