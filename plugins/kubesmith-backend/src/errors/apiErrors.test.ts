import { serializeError } from '@backstage/errors';
import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import {
  conflict,
  notAllowed,
  notFound,
  requestRefused,
  unavailable,
} from './apiErrors';

describe('API errors', () => {
  it.each([
    [notFound('cluster', '1'), 'NotFoundError', 'KUBESMITH-NOT-FOUND'],
    [notAllowed('order'), 'NotAllowedError', 'KUBESMITH-NOT-ALLOWED'],
    [
      conflict('KUBESMITH-CLUSTER-NOT-READY', { name: 'a', phase: 'failed' }),
      'ConflictError',
      'KUBESMITH-CLUSTER-NOT-READY',
    ],
    [
      unavailable('KUBESMITH-HYPERVISOR-UNREACHABLE', {}),
      'ServiceUnavailableError',
      'KUBESMITH-HYPERVISOR-UNREACHABLE',
    ],
  ])('%s is sent with name, code and a remedy', (error, name, code) => {
    const sent = serializeError(error);
    expect(sent).toEqual({
      name,
      code,
      message: expect.stringMatching(/^[A-Z].*\. [A-Z].*\.$/),
    });
  });

  it('speaks for the only problem, and lists several', () => {
    const one = fieldProblem('name', 'KUBESMITH-FIELD-MISSING', {
      field: 'name',
    });
    expect(serializeError(requestRefused([one]))).toEqual({
      name: 'InputError',
      code: 'KUBESMITH-FIELD-MISSING',
      message: "'name' is missing. Fill it in.",
      problems: [one],
    });
    const other = { ...one, field: 'size' };
    expect(serializeError(requestRefused([one, other]))).toMatchObject({
      code: 'KUBESMITH-REQUEST-INVALID',
      message: expect.stringContaining("name: 'name' is missing. size:"),
      problems: [one, other],
    });
  });
});
