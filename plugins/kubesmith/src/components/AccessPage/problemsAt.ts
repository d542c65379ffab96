import type { PolicyProblem } from '@kubesmith/plugin-kubesmith-common';

/** Problems of a field and of what is inside it; with `exactly`, of the field itself. */
export function problemsAt(
  problems: readonly PolicyProblem[],
  path: string,
  exactly = false,
): PolicyProblem[] {
  return problems.filter(
    problem =>
      problem.path === path ||
      (!exactly &&
        (problem.path.startsWith(`${path}.`) ||
          problem.path.startsWith(`${path}[`))),
  );
}

/** A message as a sentence. */
export function sentence({ message }: PolicyProblem): string {
  return message.charAt(0).toLocaleUpperCase('en-US') + message.slice(1);
}
