import type { Run } from './run.ts';

/** One thing to build: an entry of the table in `components.ts`. */
export interface Component {
  name: string;
  /** For the progress lines: what it is, for a person. */
  title: string;
  /** Components that are built before and whose change makes this one out of date. */
  needs: string[];
  /** Files and folders whose content decides whether it is up to date. Absolute paths. */
  sources: string[];
  /** Further data that decides it: versions, flags. */
  values: Record<string, unknown>;
  /** Result below the images folder. `{hash}` is replaced by the first 12 digits of the inputs' hash. */
  output: string;
  /** Symbolic link to the result, below the images folder; set last. */
  link?: string;
  /** Uses all processors: only one of these runs at a time. */
  exclusive: boolean;
  /** Built only when it is named, or when something that is named needs it. */
  onDemand?: boolean;
  /** Makes the result in `task.output`, an empty folder. What it leaves in `${task.output}.<suffix>` goes along. */
  build(task: Task): Promise<void>;
}

/** What a component's build gets. */
export interface Task {
  /** Empty folder to fill; renamed to its final name when the build has succeeded. */
  output: string;
  /** The final path of the result of a needed component. */
  resultOf(name: string): string;
  /** Runs a program; its output goes to the component's log. */
  run: Run;
  /** Tells the person one line. */
  say(message: string): void;
}

/** What is recorded of a finished build. */
export interface Built {
  /** Hash of all inputs. */
  hash: string;
  /** Path of the result below the images folder. */
  output: string;
  /** How long it took. */
  seconds: number;
  /** When (ISO 8601). */
  time: string;
}
