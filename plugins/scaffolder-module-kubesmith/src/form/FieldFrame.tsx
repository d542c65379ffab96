import { BgProvider } from '@backstage/ui';
import type { ReactNode } from 'react';

/** Tells Backstage UI that the form lies on a white sheet of Material UI: else its boxes would be white on white. */
export const FieldFrame = ({ children }: { children: ReactNode }) => (
  <BgProvider bg="neutral-1">{children}</BgProvider>
);
