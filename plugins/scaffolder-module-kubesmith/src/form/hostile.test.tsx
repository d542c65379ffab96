import { hostileStrings, hostileTexts } from '@kubesmith/hostile-texts';
import { aProblem, formData as data } from '../__testUtils__/records';
import { renderForm, validate } from '../__testUtils__/renderForm';
import { ClusterName } from '../fields/ClusterName/ClusterName';
import { validateCluster } from '../fields/ClusterPicker/validateCluster';
import {
  validateEnvironment,
  validateName,
  validateOwner,
  validateSize,
  validateVersion,
} from './validations';

jest.setTimeout(120_000);

const validations = {
  environment: validateEnvironment,
  kubernetesVersion: validateVersion,
  name: validateName,
  owner: validateOwner,
  reason: validateName,
  size: validateSize,
};

describe('hostile texts in the form', () => {
  it.each(Object.entries(validations))(
    'are asked about as they are, and what is said of them is shown as it is: %s',
    async (field, validation) => {
      const shownAt = field === 'reason' ? 'name' : field;
      for (const text of hostileTexts) {
        const checkOrder = jest.fn(async () => [
          { ...aProblem(field), message: text, remedy: '!' },
        ]);
        const shown = await validate({
          name: shownAt,
          validation,
          api: { checkOrder },
          data: { ...data, [shownAt]: data.name, [field]: text },
        });
        expect(checkOrder).toHaveBeenCalledTimes(1);
        expect(checkOrder).toHaveBeenCalledWith(
          expect.objectContaining({ [field]: text }),
        );
        expect(shown).toEqual([`${text} ! (KUBESMITH-TEST)`]);
      }
    },
  );

  it('name no cluster that is offered', async () => {
    // More than are shown: what is filled in would be looked up.
    const listClusters = jest.fn(async () => ({ items: [], total: 501 }));
    for (const text of hostileTexts) {
      const shown = await validate({
        name: 'cluster',
        validation: validateCluster,
        api: { listClusters },
        data: { cluster: text },
      });
      expect(shown).toEqual([expect.stringContaining('This cannot be done')]);
    }
    // Nothing of what was typed is asked for.
    expect(
      new Set(listClusters.mock.calls.map(call => JSON.stringify(call))).size,
    ).toBe(1);
  });

  it('are texts in the page, never elements', async () => {
    const markup = hostileStrings
      .filter(({ kind }) => kind === 'markup')
      .map(({ text }) => text);
    await renderForm({
      fields: [
        {
          name: 'name',
          component: ClusterName,
          schema: { type: 'string', title: 'Name' },
        },
      ],
      api: {},
      data: { ...data, name: markup.join(' ') },
      errors: { name: markup },
    });
    for (const text of markup)
      expect(document.body.textContent).toContain(text.replace(/\s+/g, ' '));
    expect(document.querySelector('input')!.value).toBe(markup.join(' '));
    expect(
      document.querySelectorAll('form script, form img, form a'),
    ).toHaveLength(0);
  });
});
