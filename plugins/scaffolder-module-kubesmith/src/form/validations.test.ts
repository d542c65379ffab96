import {
  type FieldProblem,
  KubesmithApiError,
} from '@kubesmith/plugin-kubesmith-common';
import { aProblem, formData as data } from '../__testUtils__/records';
import { validate } from '../__testUtils__/renderForm';
import {
  validateEnvironment,
  validateName,
  validateOwner,
  validateSize,
  validateVersion,
  validateWorkers,
} from './validations';

const validations: Record<string, typeof validateName> = {
  environment: validateEnvironment,
  kubernetesVersion: validateVersion,
  name: validateName,
  owner: validateOwner,
  size: validateSize,
  workers: validateWorkers,
};

describe('the validation of the order form', () => {
  it.each(Object.keys(validations))(
    'shows what the API says about %s at that field only',
    async name => {
      const checkOrder = jest.fn(async () => [aProblem(name)]);
      const shown = await Promise.all(
        Object.entries(validations).map(async ([field, validation]) => [
          field,
          await validate({
            name: field,
            validation,
            api: { checkOrder },
            data,
          }),
        ]),
      );
      expect(shown.filter(([, texts]) => texts.length > 0)).toEqual([
        [name, [`The ${name} is wrong. Change it. (KUBESMITH-TEST)`]],
      ]);
    },
  );

  it('asks the API once for all fields, with the order and nothing else', async () => {
    const api = { checkOrder: jest.fn(async () => []) };
    await Promise.all(
      Object.entries(validations).map(([name, validation]) =>
        validate({ name, validation, api, data: { ...data, confirm: true } }),
      ),
    );
    expect(api.checkOrder).toHaveBeenCalledTimes(1);
    expect(api.checkOrder).toHaveBeenCalledWith(data);
  });

  it('asks again when the order changed', async () => {
    const api = { checkOrder: jest.fn(async () => []) };
    const ask = (workers: number) =>
      validate({
        name: 'workers',
        validation: validateWorkers,
        api,
        data: { ...data, workers },
      });
    await ask(2);
    await ask(3);
    expect(api.checkOrder).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['reason', validateName, 'name'],
    ['vmids', validateWorkers, 'workers'],
  ])(
    'shows a problem with %s too, though it has no such field',
    async (field, validation, name) => {
      const api = { checkOrder: async () => [aProblem(field)] };
      expect(await validate({ name, validation, api, data })).toEqual([
        `The ${field} is wrong. Change it. (KUBESMITH-TEST)`,
      ]);
    },
  );

  it('lets nothing pass that could not be checked', async () => {
    const api = {
      checkOrder: async () => {
        throw new Error('The network is away');
      },
    };
    expect(
      await validate({ name: 'name', validation: validateName, api, data }),
    ).toEqual([
      'The order could not be checked: The network is away. Try again.',
    ]);
  });

  it('names the code of a refusal, and asks again after it at once', async () => {
    const refusal = new KubesmithApiError({
      status: 503,
      code: 'KUBESMITH-DATABASE-BUSY',
      message: 'The database is locked.',
    });
    const api = {
      checkOrder: jest
        .fn<Promise<FieldProblem[]>, []>()
        .mockRejectedValueOnce(refusal)
        .mockResolvedValueOnce([]),
    };
    const ask = () =>
      validate({ name: 'name', validation: validateName, api, data });
    expect(await ask()).toEqual([
      'The order could not be checked: The database is locked (KUBESMITH-DATABASE-BUSY). Try again.',
    ]);
    expect(await ask()).toEqual([]);
  });
});
