import { createOrderValidation } from './orderCheck';

/** Fields that show their own problems below; every other problem has to be shown somewhere too. */
const withOwnField = ['environment', 'owner', 'size', 'kubernetesVersion'];
/** The reason is a plain text area, on the same page as the name. */
const shownByName = ['name', 'reason'];

export const validateName = createOrderValidation(({ field }) =>
  shownByName.includes(field),
);
export const validateEnvironment = createOrderValidation(
  ({ field }) => field === 'environment',
);
export const validateOwner = createOrderValidation(
  ({ field }) => field === 'owner',
);
export const validateSize = createOrderValidation(
  ({ field }) => field === 'size',
);
export const validateVersion = createOrderValidation(
  ({ field }) => field === 'kubernetesVersion',
);
/** The number of workers is asked last: it shows what no other field does, such as an exhausted pool. */
export const validateWorkers = createOrderValidation(
  ({ field }) => !withOwnField.includes(field) && !shownByName.includes(field),
);
