import { createOrderValidation } from './orderCheck';

/** Fields that show their own problems below; every other problem has to be shown somewhere too. */
const withOwnField = ['environment', 'owner', 'size', 'kubernetesVersion'];
/** The reason is a plain text area, on the same page as the name. */
const shownByName = ['name', 'reason'];

/** Problems of the name, and of the reason below it. */
export const validateName = createOrderValidation(({ field }) =>
  shownByName.includes(field),
);
/** Problems of the environment. */
export const validateEnvironment = createOrderValidation(
  ({ field }) => field === 'environment',
);
/** Problems of the owner. */
export const validateOwner = createOrderValidation(
  ({ field }) => field === 'owner',
);
/** Problems of the size. */
export const validateSize = createOrderValidation(
  ({ field }) => field === 'size',
);
/** Problems of the Kubernetes version. */
export const validateVersion = createOrderValidation(
  ({ field }) => field === 'kubernetesVersion',
);
/** The number of workers is asked last: it shows what no other field does, such as an exhausted pool. */
export const validateWorkers = createOrderValidation(
  ({ field }) => !withOwnField.includes(field) && !shownByName.includes(field),
);
