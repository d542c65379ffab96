import { validate } from 'jsonschema';
import yaml from 'yaml';
import {
  OPERATION_ID,
  ScriptedKubesmith,
} from '../__testUtils__/ScriptedKubesmith';
import { actionContext, testDeps } from '../__testUtils__/actionContext';
import { createKubesmithActions } from '.';

const deps = () =>
  testDeps(
    new ScriptedKubesmith({
      steps: [
        'machines',
        'kubernetes',
        'verify',
        'activate',
        'destroy',
        'release',
      ],
    }),
  );
const cases = createKubesmithActions(deps()).flatMap(action =>
  (action.examples ?? []).map(
    ({ description, example }) => [action.id, description, example] as const,
  ),
);

describe('examples', () => {
  it('should exist for every action', () => {
    expect(new Set(cases.map(([id]) => id))).toEqual(
      new Set(createKubesmithActions(deps()).map(({ id }) => id)),
    );
  });

  it.each(cases)('%s: %s', async (id, _description, example) => {
    const action = createKubesmithActions(deps()).find(one => one.id === id)!;
    const [step] = yaml.parse(
      // What the scaffolder would fill in from an earlier step.
      example.replace(
        /\$\{\{ steps\.\w+\.output\.operationId \}\}/,
        OPERATION_ID,
      ),
    ).steps;
    expect(step.action).toBe(id);
    expect(validate(step.input, action.schema?.input as object).errors).toEqual(
      [],
    );
    await expect(
      action.handler(actionContext(step.input).ctx),
    ).resolves.toBeUndefined();
  });
});
