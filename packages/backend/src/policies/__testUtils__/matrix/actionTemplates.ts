/**
 * By hand: actions of ours for the steps of a creation, or of any operation. They drive what their own task ordered, and watch what
 * others did.
 */
export const creationActions = [
  'kubesmith:ansible:playbook',
  'kubesmith:cluster:activate',
  'kubesmith:kubectl',
  'kubesmith:operation:follow',
  'kubesmith:terraform:apply',
];

/** Those for the steps of a deletion. */
export const deletionActions = [
  'kubesmith:cluster:release',
  'kubesmith:terraform:destroy',
];

/** All that do a step. */
export const stepActions = [...creationActions, ...deletionActions];

/** The actions at which something begins. */
export const doorActions = [
  'kubesmith:cluster:delete',
  'kubesmith:cluster:reserve',
  'kubesmith:operation:start',
];

const inputs: Record<string, string[]> = {
  'kubesmith:cluster:delete': ['entityRef'],
  'kubesmith:cluster:reserve': ['name', 'environment', 'size', 'workers'],
  'kubesmith:operation:start': ['entityRef', 'request'],
};

/** Name of the template that has this action as its only step. */
export const templateOf = (action: string) =>
  `matrix-${action.replace(/:/g, '-')}`;

/** A template for each action: what somebody could do who may bring one in. Everybody may see them. */
export function actionTemplates() {
  return [...stepActions, ...doorActions].map(action => {
    const fields = inputs[action] ?? ['operationId'];
    return {
      apiVersion: 'scaffolder.backstage.io/v1beta3',
      kind: 'Template',
      metadata: { name: templateOf(action), namespace: 'default' },
      spec: {
        type: 'test',
        owner: 'group:default/administrators',
        parameters: {
          properties: Object.fromEntries(fields.map(f => [f, {}])),
        },
        steps: [
          {
            id: 'step',
            name: action,
            action,
            input: Object.fromEntries(
              fields.map(field => [field, `\${{ parameters.${field} }}`]),
            ),
          },
        ],
      },
    };
  });
}
