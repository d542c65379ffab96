import { Button, ButtonIcon, VisuallyHidden } from '@backstage/ui';
import { RiCheckLine, RiFileCopyLine } from '@remixicon/react';
import { useEffect, useState } from 'react';

/** Copies a text and says so, or says that the browser did not allow it. */
export const CopyButton = (props: {
  text: string;
  /** What the button says, and what screen readers hear. */
  label: string;
  onCopied?: () => void;
  /** Only an icon, where there is little room. */
  isIcon?: boolean;
}) => {
  const [outcome, setOutcome] = useState<'copied' | 'refused'>();

  useEffect(() => {
    if (!outcome) {
      return undefined;
    }
    const timer = setTimeout(() => setOutcome(undefined), 3_000);
    return () => clearTimeout(timer);
  }, [outcome]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(props.text);
    } catch {
      // No permission, or the page is not served over https or from localhost.
      setOutcome('refused');
      return;
    }
    setOutcome('copied');
    props.onCopied?.();
  };
  const news =
    outcome &&
    (outcome === 'copied' ? 'Copied' : 'Your browser did not allow copying');

  const icon =
    outcome === 'copied' ? (
      <RiCheckLine aria-hidden />
    ) : (
      <RiFileCopyLine aria-hidden />
    );

  return (
    <>
      {props.isIcon ? (
        <ButtonIcon
          variant="tertiary"
          size="small"
          aria-label={props.label}
          onPress={copy}
          icon={icon}
        />
      ) : (
        <Button
          variant="secondary"
          size="small"
          onPress={copy}
          iconStart={icon}
        >
          {outcome === 'refused' ? 'Could not copy' : props.label}
        </Button>
      )}
      <VisuallyHidden role="status">{news}</VisuallyHidden>
    </>
  );
};
