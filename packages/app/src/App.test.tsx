import { render, screen } from '@testing-library/react';
import App from './App';

describe('the portal', () => {
  it('opens on the sign-in by the university account', async () => {
    process.env = {
      NODE_ENV: 'test',
      APP_CONFIG: [
        {
          data: {
            app: { title: 'Kubesmith', baseUrl: 'http://localhost' },
            auth: { environment: 'lab' },
            backend: { baseUrl: 'http://localhost' },
          },
          context: 'test',
        },
      ] as unknown as string,
    };

    render(App.createRoot());

    expect(
      await screen.findByText('University account', undefined, {
        timeout: 15_000,
      }),
    ).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Sign In' })).toBeEnabled();
  }, 30_000);
});
