import { mockApis } from '@backstage/frontend-test-utils';
import { render, screen } from '@testing-library/react';
import App from './App';
import { accountTitle } from './modules/signIn/oidcAuthApi';

describe('the portal', () => {
  it('opens on the sign-in page, in the words of the configuration', async () => {
    const signIn = { title: 'Uni-ID', message: 'Ask the library for one.' };
    process.env = {
      NODE_ENV: 'test',
      APP_CONFIG: [
        {
          data: {
            app: { title: 'Kubesmith', baseUrl: 'http://localhost', signIn },
            auth: { environment: 'lab' },
            backend: { baseUrl: 'http://localhost' },
          },
          context: 'test',
        },
      ] as unknown as string,
    };

    render(App.createRoot());

    expect(
      await screen.findByText(signIn.title, undefined, { timeout: 15_000 }),
    ).toBeInTheDocument();
    expect(screen.getByText(signIn.message)).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Sign In' })).toBeEnabled();
  }, 30_000);

  it('speaks of the university account unless told otherwise', () => {
    expect(accountTitle(mockApis.config({ data: {} }))).toBe(
      'University account',
    );
  });
});
