/** Between the check of an order and its transaction somebody changed or deleted the environment. */
export class EnvironmentChanged extends Error {
  readonly name = 'EnvironmentChanged';
  constructor(environment: string) {
    super(`The environment '${environment}' was changed`);
  }
}
