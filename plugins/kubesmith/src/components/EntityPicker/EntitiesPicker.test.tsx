import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { EntitiesPicker } from '.';

jest.setTimeout(60_000);

const Form = () => {
  const [refs, setRefs] = useState<string[]>([]);
  return (
    <EntitiesPicker
      label="Members"
      value={refs}
      onChange={setRefs}
      nameOf={ref => ref}
    />
  );
};

const field = () => screen.getByRole('combobox', { name: 'Members' });

async function pick(typed: string, option: RegExp) {
  await userEvent.type(field(), typed);
  // The list is there before the catalog was searched: what is in it changes once more.
  await waitFor(
    () =>
      expect(
        screen.getAllByRole('option').map(({ textContent }) => textContent),
      ).toEqual([expect.stringMatching(option)]),
    { timeout: 5_000 },
  );
  await userEvent.keyboard('{ArrowDown}{Enter}');
}

describe('EntitiesPicker', () => {
  it('adds one after the other, by keyboard alone', async () => {
    await renderWithApi(<Form />, { api: new MemoryKubesmithApi() });
    await pick('Gail', /^Gail Guest/);
    await screen.findByText('user:default/guest');
    await waitFor(() => expect(field()).toHaveFocus());
    await pick('Instr', /^Instructors/);
    await screen.findByText('group:default/instructors');
    await userEvent.click(
      screen.getByRole('button', { name: 'Remove user:default/guest' }),
    );
    expect(screen.queryByText('user:default/guest')).toBeNull();
  });
});
