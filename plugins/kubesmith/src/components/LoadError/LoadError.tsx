import { Alert, Button } from '@backstage/ui';
import { errorText } from '../../format/errorText';

/** Says that something could not be read, why, and lets people try again. */
export const LoadError = (props: {
  /** What could not be done, as a sentence without its full stop. */
  title: string;
  error: Error;
  onRetry: () => void;
  /** Something older is still shown, so it is not the end of the page. */
  isStale?: boolean;
}) => {
  const { title, error, onRetry, isStale } = props;
  return (
    <Alert
      role={isStale ? 'status' : 'alert'}
      status={isStale ? 'warning' : 'danger'}
      icon
      title={isStale ? `${title}. What you see may be out of date.` : title}
      description={errorText(error)}
      customActions={
        <Button size="small" variant="secondary" onPress={onRetry}>
          Try again
        </Button>
      }
    />
  );
};
