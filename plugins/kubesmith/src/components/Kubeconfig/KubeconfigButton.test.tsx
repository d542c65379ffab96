import { KubesmithApiError } from '@kubesmith/plugin-kubesmith-common';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { aCluster } from '../../__testUtils__/records';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { KubeconfigButton } from './KubeconfigButton';
import { saveFile } from '../../browser/saveFile';

jest.mock('../../browser/saveFile', () => ({ saveFile: jest.fn() }));

const secret = 'apiVersion: v1\ntoken: s3cret\n';

async function open(options: { api?: MemoryKubesmithApi } = {}) {
  const api = options.api ?? new MemoryKubesmithApi([aCluster()]);
  const onIssued = jest.fn();
  await renderWithApi(
    <KubeconfigButton cluster={aCluster()} onIssued={onIssued} />,
    { api },
  );
  await userEvent.click(screen.getByRole('button', { name: 'Get kubeconfig' }));
  return { api, onIssued, dialog: await screen.findByRole('dialog') };
}

async function issue() {
  await screen.findByRole('radio', { name: /^Viewer/ });
  await userEvent.click(
    screen.getByRole('button', { name: 'Issue kubeconfig' }),
  );
  await screen.findByRole('button', { name: 'Download kubeconfig' });
}

function apiWithSecret() {
  const api = new MemoryKubesmithApi([aCluster()]);
  const original = api.issueGrant.bind(api);
  jest.spyOn(api, 'issueGrant').mockImplementation(async (id, options) => ({
    ...(await original(id, options)),
    kubeconfig: secret,
  }));
  return api;
}

describe('KubeconfigButton', () => {
  beforeEach(() => jest.mocked(saveFile).mockClear());

  it('issues one with the chosen role and lifetime', async () => {
    const api = apiWithSecret();
    const { onIssued, dialog } = await open({ api });

    await userEvent.click(
      await within(dialog).findByRole('radio', { name: /^Editor/ }),
    );
    await userEvent.click(
      within(dialog).getByRole('button', { name: /Valid for/ }),
    );
    await userEvent.click(
      await screen.findByRole('option', { name: '1 hour' }),
    );
    await issue();

    expect(api.issueGrant).toHaveBeenCalledWith(aCluster().id, {
      role: 'editor',
      hours: 1,
    });
    expect(onIssued).toHaveBeenCalledTimes(1);
    expect(screen.getByRole('dialog')).toHaveTextContent(/Role Editor/);
    expect(screen.getByRole('dialog')).toHaveTextContent(/shown this once/);
  });

  it('offers the roles that the user may have, and the least of them first', async () => {
    const api = apiWithSecret();
    api.grantOptions = {
      roles: [{ role: 'viewer' }, { role: 'editor', namespaces: ['team-a'] }],
      defaultHours: 6,
      maxHours: 6,
      endsWithRights: false,
    };
    const { dialog } = await open({ api });
    const view = within(dialog);
    expect(await view.findByRole('radio', { name: /^Viewer/ })).toBeChecked();
    expect(
      view.getByRole('radio', { name: /^Editor/ }).closest('label'),
    ).toHaveTextContent('in team-a');
    expect(view.queryByRole('radio', { name: /^Administrator/ })).toBeNull();
    expect(
      view.getByText(/not available with this policy engine/),
    ).toBeInTheDocument();
    await issue();
    expect(api.issueGrant).toHaveBeenCalledWith(aCluster().id, {
      role: 'viewer',
      hours: 6,
    });
  });

  it('says how to use one that is for some namespaces', async () => {
    const api = apiWithSecret();
    const original = jest.mocked(api.issueGrant).getMockImplementation()!;
    jest
      .mocked(api.issueGrant)
      .mockImplementation((id, options) =>
        original(id, { ...options, namespaces: ['team-a', 'team-b'] }),
      );
    await open({ api });
    await issue();
    expect(screen.getByRole('dialog')).toHaveTextContent(
      /Role Viewer in team-a, team-b, valid/,
    );
    expect(screen.getByLabelText('Commands')).toHaveTextContent(
      /kubectl get pods -n team-a kubectl get pods -n team-b$/,
    );
  });

  it('says when the user may have none any more', async () => {
    const api = apiWithSecret();
    api.grantOptions = { ...api.grantOptions, roles: [] };
    const { dialog } = await open({ api });
    expect(
      await within(dialog).findByText(/You may not have kubeconfigs/),
    ).toBeInTheDocument();
    expect(
      within(dialog).getByRole('button', { name: 'Issue kubeconfig' }),
    ).toBeDisabled();
  });

  it('hands it over as a file, with the keyboard alone', async () => {
    await open({ api: apiWithSecret() });
    await issue();

    expect(
      screen.getByRole('button', { name: 'Download kubeconfig' }),
    ).toHaveFocus();
    await userEvent.keyboard('{Enter}');

    expect(saveFile).toHaveBeenCalledWith(
      'demo.kubeconfig.yaml',
      secret,
      'application/yaml',
    );
    expect(screen.getByRole('button', { name: 'Done' })).toBeInTheDocument();
  });

  it('copies it', async () => {
    await open({ api: apiWithSecret() });
    await issue();
    const user = userEvent.setup();
    const write = jest.spyOn(navigator.clipboard, 'writeText');

    await user.click(screen.getByRole('button', { name: 'Copy kubeconfig' }));

    expect(await screen.findByText('Copied')).toBeInTheDocument();
    expect(write).toHaveBeenCalledWith(secret);
    expect(screen.getByRole('button', { name: 'Done' })).toBeInTheDocument();
  });

  it('says when the browser does not allow copying, and keeps it unsaved', async () => {
    await open({ api: apiWithSecret() });
    await issue();
    const user = userEvent.setup();
    jest
      .spyOn(navigator.clipboard, 'writeText')
      .mockRejectedValueOnce(new DOMException('no', 'NotAllowedError'));

    await user.click(screen.getByRole('button', { name: 'Copy kubeconfig' }));

    expect(
      await screen.findByText('Your browser did not allow copying'),
    ).toBeInTheDocument();
    expect(
      screen.getByRole('button', { name: 'Close without saving' }),
    ).toBeInTheDocument();
  });

  it('shows the text on request only, and forgets it when it is closed', async () => {
    await open({ api: apiWithSecret() });
    await issue();
    expect(document.body).not.toHaveTextContent('s3cret');
    await userEvent.click(screen.getByRole('button', { name: 'Show text' }));
    expect(screen.getByLabelText('Text of the kubeconfig')).toHaveTextContent(
      's3cret',
    );

    await userEvent.click(
      screen.getByRole('button', { name: 'Close without saving' }),
    );
    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );
    expect(document.body).not.toHaveTextContent('s3cret');

    await userEvent.click(
      screen.getByRole('button', { name: 'Get kubeconfig' }),
    );
    expect(
      await screen.findByRole('button', { name: 'Issue kubeconfig' }),
    ).toBeInTheDocument();
    expect(document.body).not.toHaveTextContent('s3cret');
  });

  it('does not lose an unsaved one to the Escape key', async () => {
    await open({ api: apiWithSecret() });
    await issue();

    await userEvent.keyboard('{Escape}');
    expect(screen.getByRole('dialog')).toBeInTheDocument();

    await userEvent.click(
      screen.getByRole('button', { name: 'Download kubeconfig' }),
    );
    await userEvent.keyboard('{Escape}');
    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );
  });

  it('says why none could be issued, and can be tried again', async () => {
    const api = apiWithSecret();
    jest.mocked(api.issueGrant).mockRejectedValueOnce(
      new KubesmithApiError({
        status: 503,
        code: 'KUBESMITH-CLUSTER-UNREACHABLE',
        message: "The cluster 'demo' did not answer: timeout",
      }),
    );
    const { onIssued } = await open({ api });
    await screen.findByRole('radio', { name: /^Viewer/ });
    await userEvent.click(
      screen.getByRole('button', { name: 'Issue kubeconfig' }),
    );

    expect(await screen.findByRole('alert')).toHaveTextContent(
      "The cluster 'demo' did not answer: timeout (KUBESMITH-CLUSTER-UNREACHABLE)",
    );
    expect(onIssued).not.toHaveBeenCalled();
    await issue();
    expect(onIssued).toHaveBeenCalledTimes(1);
  });
});
