import { useEffect } from 'react';

/**
 * Fills a field in by itself when it has no value that would do.
 *
 * It looks again after every rendering: when several fields fill themselves in at once, the form keeps the last change
 * only, and the others have to repeat theirs.
 *
 * @param options.value - what the form holds
 * @param options.wanted - what it should hold instead; undefined changes nothing
 */
export function useDefault<T>(options: {
  value: T | undefined;
  wanted: T | undefined;
  onChange: (value: T) => void;
}) {
  const { value, wanted, onChange } = options;
  useEffect(() => {
    if (wanted !== undefined && value !== wanted) {
      onChange(wanted);
    }
  });
}
