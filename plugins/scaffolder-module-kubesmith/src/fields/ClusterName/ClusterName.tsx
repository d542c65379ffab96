import { Flex, Text, TextField } from '@backstage/ui';
import { makeFieldSchema } from '@backstage/plugin-scaffolder-react';
import { FieldFrame } from '../../form/FieldFrame';
import { fieldState } from '../../form/fieldState';
import { draftOfContext } from '../../form/orderForm';
import { useNameNews } from './useNameNews';

export const clusterNameSchema = makeFieldSchema({ output: z => z.string() });

/** The name of the new cluster; says while it is typed whether it may be used. */
export const ClusterName = (props: typeof clusterNameSchema.TProps) => {
  const { formData, onChange, schema, autofocus } = props;
  const { environment } = draftOfContext(props);
  const news = useNameNews(formData, environment);
  const state = fieldState(props);

  return (
    <Flex direction="column" gap="1">
      <FieldFrame>
        <TextField
          {...state}
          isInvalid={state.isInvalid || news.state === 'problem'}
          size="medium"
          // eslint-disable-next-line jsx-a11y/no-autofocus -- the template asks for it
          autoFocus={autofocus}
          autoComplete="off"
          spellCheck="false"
          label={schema.title ?? 'Name'}
          description={schema.description}
          value={formData ?? ''}
          onChange={value => onChange(value === '' ? undefined : value)}
        />
      </FieldFrame>
      <div role="status" aria-label="Name check">
        {/* The form's own error, once there is one, says it already. */}
        {news.state === 'problem' && !state.isInvalid && (
          <Text color="danger">{news.text}</Text>
        )}
        {news.state === 'free' && (
          <Text color="success">This name is free.</Text>
        )}
      </div>
    </Flex>
  );
};
