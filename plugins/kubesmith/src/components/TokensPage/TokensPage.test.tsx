import { KubesmithApiError } from '@kubesmith/plugin-kubesmith-common';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { TokensPage } from './TokensPage';

const secret = `kst_${'0'.repeat(16)}${'A'.repeat(43)}`;

async function open(api = new MemoryKubesmithApi()) {
  const view = await renderWithApi(<TokensPage />, { api });
  return { api, ...view };
}

async function openDialog() {
  await userEvent.click(
    await screen.findByRole('button', { name: 'New access token' }),
  );
  return screen.findByRole('dialog');
}

describe('TokensPage', () => {
  it('makes a token, shows it once and forgets it', async () => {
    const { api } = await open();
    const create = jest.spyOn(api, 'createToken');
    expect(
      await screen.findByText('You have no access tokens.'),
    ).toBeInTheDocument();
    const dialog = await openDialog();
    const make = within(dialog).getByRole('button', { name: 'Make token' });
    expect(make).toBeDisabled();

    await userEvent.type(
      within(dialog).getByRole('textbox', { name: /^Name/ }),
      'nightly build',
    );
    await userEvent.click(
      within(dialog).getByRole('radio', { name: /^Operate/ }),
    );
    await userEvent.click(
      within(dialog).getByRole('button', { name: /Environment/ }),
    );
    await userEvent.click(
      await screen.findByRole('option', { name: api.environments[0].title }),
    );
    await userEvent.click(make);

    expect(await screen.findByDisplayValue(secret)).toBeInTheDocument();
    expect(create).toHaveBeenCalledWith({
      name: 'nightly build',
      scope: 'operate',
      days: 30,
      environment: api.environments[0].name,
    });
    // Not lost by a stray key.
    await userEvent.keyboard('{Escape}');
    expect(screen.getByDisplayValue(secret)).toBeInTheDocument();

    const user = userEvent.setup();
    const write = jest.spyOn(navigator.clipboard, 'writeText');
    await user.click(screen.getByRole('button', { name: 'Copy token' }));
    expect(write).toHaveBeenCalledWith(secret);
    await userEvent.click(await screen.findByRole('button', { name: 'Done' }));
    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );
    expect(document.body.innerHTML).not.toContain(secret);
    const row = await screen.findByRole('row', { name: /nightly build/ });
    expect(row).toHaveTextContent(`Operate, only ${api.environments[0].name}`);
    expect(row).toHaveTextContent('never');
  });

  it('revokes one after a question', async () => {
    const api = new MemoryKubesmithApi();
    await api.createToken({ name: 'old laptop', scope: 'read' });
    const { toasts } = await open(api);
    await userEvent.click(
      await screen.findByRole('button', {
        name: 'Revoke the access token old laptop',
      }),
    );
    await userEvent.click(
      within(await screen.findByRole('dialog')).getByRole('button', {
        name: 'Revoke token',
      }),
    );
    await waitFor(() =>
      expect(toasts).toContainEqual(
        expect.objectContaining({
          title: "The access token 'old laptop' does not work any more.",
        }),
      ),
    );
    expect(api.tokens[0].active).toBe(false);
    await waitFor(() =>
      expect(screen.getByRole('row', { name: /old laptop/ })).toHaveTextContent(
        'revoked',
      ),
    );
  });

  it('says why one was not made, and keeps what was typed', async () => {
    const { api } = await open();
    jest.spyOn(api, 'createToken').mockRejectedValue(
      new KubesmithApiError({
        status: 409,
        code: 'KUBESMITH-TOKEN-TOO-MANY',
        message: 'You have 50 access tokens already.',
      }),
    );
    const dialog = await openDialog();
    await userEvent.type(
      within(dialog).getByRole('textbox', { name: /^Name/ }),
      'one more',
    );
    await userEvent.click(
      within(dialog).getByRole('button', { name: 'Make token' }),
    );
    expect(await within(dialog).findByRole('alert')).toHaveTextContent(
      'You have 50 access tokens already.',
    );
    expect(within(dialog).getByDisplayValue('one more')).toBeInTheDocument();
  });

  it('says so when this policy engine has no tokens', async () => {
    const api = new MemoryKubesmithApi();
    jest.spyOn(api, 'listTokens').mockRejectedValue(
      new KubesmithApiError({
        status: 501,
        code: 'KUBESMITH-POLICY-ENGINE-OTHER',
        message: 'This is not available with this policy engine.',
      }),
    );
    await open(api);
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'not available with this policy engine',
    );
    expect(
      screen.queryByRole('button', { name: 'New access token' }),
    ).not.toBeInTheDocument();
  });
});
