import { render, screen } from '@testing-library/react';
import App from './App';

describe('the portal', () => {
  it.each([
    [
      undefined,
      'University account',
      'Sign in to create and manage your clusters.',
    ],
    [
      { title: 'Uni Bonn', message: 'Use your Uni-ID.' },
      'Uni Bonn',
      'Use your Uni-ID.',
    ],
  ])(
    'opens on the sign-in page that is configured: %p',
    async (signIn, title, message) => {
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
        await screen.findByText(title, undefined, {
          timeout: 15_000,
        }),
      ).toBeInTheDocument();
      expect(screen.getByText(message)).toBeInTheDocument();
      expect(screen.getByRole('button', { name: 'Sign In' })).toBeEnabled();
    },
    30_000,
  );
});
