import { Button } from '@backstage/ui';
import { RiUploadLine } from '@remixicon/react';
import { type ReactNode, useRef } from 'react';

/** A button with which a file is chosen, the same one again too. */
export const ChooseFile = (props: {
  /** What the file is, for those who cannot see where it goes. */
  label: string;
  /** As the attribute of a file input: `.ics,text/calendar`. */
  accept: string;
  onChoose: (file: File) => void;
  isDisabled?: boolean;
  /** Id of what describes the file. */
  describedBy?: string;
  /** What the button says. */
  children: ReactNode;
}) => {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={props.label}
        accept={props.accept}
        onChange={event => {
          const [file] = event.target.files ?? [];
          if (file) props.onChoose(file);
          // Without this, the same file again would be no change.
          event.target.value = '';
        }}
      />
      <Button
        variant="secondary"
        iconStart={<RiUploadLine aria-hidden />}
        isDisabled={props.isDisabled}
        aria-describedby={props.describedBy}
        onPress={() => input.current?.click()}
      >
        {props.children}
      </Button>
    </>
  );
};
