import {
  Accordion,
  AccordionPanel,
  AccordionTrigger,
  Text,
} from '@backstage/ui';
import type { OperationEvent } from '@kubesmith/plugin-kubesmith-common';
import { useEffect, useRef, useState } from 'react';
import { errorText } from '../../format/errorText';
import { useOperationEvents } from '../../hooks/useOperationEvents';
import styles from './EventLog.module.css';

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

const EventLine = ({ event }: { event: OperationEvent }) => (
  <div className={styles[event.level]}>
    <time dateTime={event.time} className={styles.time}>
      {clock.format(Date.parse(event.time))}
    </time>
    {event.level !== 'info' && <strong>{event.level} </strong>}
    {event.node && <span className={styles.node}>{event.node} </span>}
    {event.message}
    {event.code && ` (${event.code})`}
  </div>
);

/** Everything that happened, behind a fold; reads it only once it is unfolded and stays at the end unless scrolled up. */
export const EventLog = (props: {
  operationId: string;
  isLive: boolean;
  /** Unfolded from the beginning. */
  isOpenAtFirst?: boolean;
}) => {
  const { operationId, isLive, isOpenAtFirst = false } = props;
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const { events, error } = useOperationEvents({
    operationId,
    isLive,
    isOn: isOpen,
  });
  const boxRef = useRef<HTMLDivElement>(null);
  const followsRef = useRef(true);

  useEffect(() => {
    const box = boxRef.current;
    if (box && followsRef.current) {
      box.scrollTop = box.scrollHeight;
    }
  }, [events.length, isOpen]);

  return (
    <Accordion isExpanded={isOpen} onExpandedChange={setOpen}>
      <AccordionTrigger title="Log" />
      <AccordionPanel>
        {error && <Text color="danger">{errorText(error)}</Text>}
        <div
          ref={boxRef}
          role="log"
          aria-label="Log of the operation"
          // Not read out line by line: the live region above says what matters.
          aria-live="off"
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls by keyboard
          tabIndex={0}
          className={styles.box}
          onScroll={scroll => {
            const box = scroll.currentTarget;
            followsRef.current =
              box.scrollHeight - box.scrollTop - box.clientHeight < 40;
          }}
        >
          {events.length === 0 ? 'Nothing yet.' : null}
          {events.map(event => (
            <EventLine key={event.id} event={event} />
          ))}
        </div>
      </AccordionPanel>
    </Accordion>
  );
};
