import { Alert, Button } from '@backstage/ui';

/** Instead of a field whose choices could not be read. */
export const FieldLoadError = (props: {
  title: string;
  error: Error;
  onRetry: () => void;
}) => (
  <Alert
    role="alert"
    status="danger"
    icon
    title={props.title}
    description={props.error.message}
    customActions={
      <Button size="small" variant="secondary" onPress={props.onRetry}>
        Try again
      </Button>
    }
  />
);
