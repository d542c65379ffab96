import { Alert } from '@backstage/ui';

/** Says in a form why it could not be sent; nothing without an error. */
export const FormError = (props: { title: string; error?: string }) =>
  props.error ? (
    <Alert
      role="alert"
      status="danger"
      icon
      title={props.title}
      description={props.error}
    />
  ) : null;
