import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { aProblem } from '../../__testUtils__/records';
import { renderForm } from '../../__testUtils__/renderForm';
import { ClusterName } from './ClusterName';

const field = {
  name: 'name',
  component: ClusterName,
  schema: { type: 'string', title: 'Name' },
};

describe('ClusterName', () => {
  it('says that a name is free, once one stops typing', async () => {
    const checkOrder = jest.fn(async () => []);
    const form = await renderForm({
      fields: [field],
      api: { checkOrder },
      data: { environment: 'course' },
    });

    await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), 'demo');

    expect(await screen.findByText('This name is free.')).toBeInTheDocument();
    expect(form.data()).toMatchObject({ name: 'demo' });
    expect(checkOrder.mock.calls).toEqual([
      [{ name: 'demo', environment: 'course' }],
    ]);
  });

  it('says what is wrong with a name while it is typed', async () => {
    await renderForm({
      fields: [field],
      // What else is missing in the order is not the name's matter.
      api: { checkOrder: async () => [aProblem('size'), aProblem('name')] },
      data: { environment: 'course' },
    });
    const box = screen.getByRole('textbox', { name: 'Name' });

    await userEvent.type(box, 'Demo');

    expect(
      await screen.findByText('The name is wrong. Change it. (KUBESMITH-TEST)'),
    ).toBeInTheDocument();
    expect(box).toHaveAttribute('aria-invalid', 'true');
    expect(screen.queryByText(/The size is wrong/)).not.toBeInTheDocument();
  });

  it('does not ask before there is an environment', async () => {
    const checkOrder = jest.fn(async () => []);
    await renderForm({ fields: [field], api: { checkOrder } });
    await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), 'demo');
    await new Promise(resolve => setTimeout(resolve, 600));
    expect(checkOrder).not.toHaveBeenCalled();
  });

  it('ties the error of the form to the box', async () => {
    await renderForm({
      fields: [field],
      api: { checkOrder: async () => [] },
      data: { name: 'demo' },
      errors: { name: ['Taken. Choose another.'] },
    });

    const box = screen.getByRole('textbox', { name: 'Name' });
    await waitFor(() => expect(box).toHaveAttribute('aria-invalid', 'true'));
    expect(box).toHaveAccessibleDescription(/Taken\. Choose another\./);
  });
});
