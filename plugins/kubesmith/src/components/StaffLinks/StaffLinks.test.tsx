import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { StaffLinks } from './StaffLinks';

const names = () =>
  within(screen.getByRole('navigation', { name: 'Kubesmith' }))
    .getAllByRole('link')
    .map(link => link.textContent);

describe('StaffLinks', () => {
  it('leads to the pages that the person may open, by keyboard too', async () => {
    await renderWithApi(<StaffLinks />, {
      api: new MemoryKubesmithApi(),
      at: '/kubesmith/audit',
    });
    await waitFor(() => expect(names()).toContain('Audit'));
    const audit = screen.getByRole('link', { name: 'Audit' });
    expect(audit).toHaveAttribute('href', '/kubesmith/audit');
    expect(audit).toHaveAttribute('aria-current', 'page');
    const clusters = screen.getByRole('link', { name: 'Clusters' });
    expect(clusters).not.toHaveAttribute('aria-current');
    for (let n = 0; n < 10 && document.activeElement !== clusters; n++) {
      await userEvent.tab();
    }
    await userEvent.keyboard('{Enter}');
    await waitFor(() =>
      expect(clusters).toHaveAttribute('aria-current', 'page'),
    );
  });

  it.each([
    ['environments/course', 'Environments'],
    ['new-environment', 'Environments'],
    ['clusters/11111111-1111-4111-8111-111111111111', 'Clusters'],
  ])('shows at %s to which page that belongs', async (at, label) => {
    await renderWithApi(<StaffLinks />, {
      api: new MemoryKubesmithApi(),
      at: `/kubesmith/${at}`,
    });
    await waitFor(() => expect(names()).toContain('Environments'));
    const current = screen
      .getAllByRole('link')
      .filter(link => link.hasAttribute('aria-current'));
    expect(current.map(link => link.textContent)).toEqual([label]);
    expect(current[0]).toHaveAttribute('aria-current', 'true');
  });

  it('leads to findings only those who look after an environment', async () => {
    const api = new MemoryKubesmithApi();
    const { unmount } = await renderWithApi(<StaffLinks />, {
      api,
      at: '/kubesmith',
    });
    await waitFor(() => expect(names()).toContain('Findings'));
    unmount();
    // Whoever may change quotas, but of no environment that there is.
    api.environments = [];
    const listQuotas = jest.spyOn(api, 'listQuotas');
    await renderWithApi(<StaffLinks />, { api, at: '/kubesmith' });
    await waitFor(() => expect(names()).toContain('Audit'));
    await waitFor(() => expect(listQuotas).toHaveBeenCalled());
    expect(names()).not.toContain('Findings');
  });

  it('hides what the person may not open', async () => {
    await renderWithApi(<StaffLinks />, {
      api: new MemoryKubesmithApi(),
      mayOrder: false,
      at: '/kubesmith',
    });
    await waitFor(() => expect(names()).toContain('Clusters'));
    expect(names()).not.toContain('Audit');
  });
});
