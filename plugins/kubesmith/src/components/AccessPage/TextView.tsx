import { Flex, Text } from '@backstage/ui';
import type { PolicyProblem } from '@kubesmith/plugin-kubesmith-common';
import { useId, useRef, type UIEvent } from 'react';
import styles from './TextView.module.css';
import { sentence } from './problemsAt';

/** The policies as YAML with line numbers, and what is wrong in which line. */
export const TextView = (props: {
  text: string;
  /** The text can only be read when missing. */
  onChange?: (text: string) => void;
  problems: readonly PolicyProblem[];
}) => {
  const { text, onChange, problems } = props;
  const gutter = useRef<HTMLPreElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const wrong = new Set(problems.map(({ line }) => line));
  const count = text.split('\n').length;

  const scroll = (event: UIEvent<HTMLTextAreaElement>) => {
    if (gutter.current) {
      gutter.current.scrollTop = event.currentTarget.scrollTop;
    }
  };
  const goTo = (line: number) => {
    const before = text.split('\n').slice(0, line - 1);
    const start = before.join('\n').length + (line > 1 ? 1 : 0);
    area.current?.focus();
    area.current?.setSelectionRange(
      start,
      start + (text.split('\n')[line - 1]?.length ?? 0),
    );
  };

  return (
    <Flex direction="column" gap="3">
      <Text as="p" color="secondary">
        All roles as one text in YAML, for people who know it. What is changed
        here shows under “Roles”, and the other way round.
      </Text>
      <div id={id} role="status" aria-live="polite">
        {problems.length > 0 && (
          <ul className={styles.problems} aria-label="Mistakes in the text">
            {problems.map((problem, index) => (
              <li key={`${problem.line} ${problem.path} ${index}`}>
                {problem.line !== undefined && (
                  <button
                    type="button"
                    className={styles.line}
                    onClick={() => goTo(problem.line!)}
                  >
                    Line {problem.line}
                  </button>
                )}{' '}
                {sentence(problem)}
              </li>
            ))}
          </ul>
        )}
      </div>
      <div className={styles.editor}>
        <pre ref={gutter} className={styles.gutter} aria-hidden>
          {Array.from({ length: count }, (_, n) => (
            <span
              key={n}
              className={wrong.has(n + 1) ? styles.wrong : undefined}
            >
              {n + 1}
              {'\n'}
            </span>
          ))}
        </pre>
        <textarea
          ref={area}
          className={styles.text}
          aria-label="Policies as YAML"
          aria-describedby={id}
          aria-invalid={problems.length > 0}
          spellCheck={false}
          wrap="off"
          readOnly={!onChange}
          value={text}
          onChange={event => onChange?.(event.target.value)}
          onScroll={scroll}
        />
      </div>
    </Flex>
  );
};
