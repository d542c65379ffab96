/** Tells a person what is being built: a line at each start and end, and every 20 s what goes on. */
export class Progress {
  readonly #print: (line: string) => void;
  readonly #begin = performance.now();
  readonly #running = new Map<string, { since: number; last: string }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Returns the function that ends the display of this component. */
  start(name: string, title: string): () => void {
    this.#running.set(name, { since: performance.now(), last: '' });
    this.say(name, title);
    this.#timer ??= setInterval(() => this.#beat(), BEAT_MS);
    return () => {
      this.#running.delete(name);
      if (this.#running.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /** Remembers a program's newest line, for the next beat. */
  detail(name: string, line: string): void {
    const running = this.#running.get(name);
    if (running) running.last = line;
  }

  say(name: string, message: string): void {
    this.#print(`${seconds(this.#begin).padStart(6)} s  ${name}: ${message}`);
  }

  #beat(): void {
    for (const [name, { since, last }] of this.#running) {
      this.say(
        name,
        `at it for ${seconds(since)} s${last ? ` (${last.slice(0, 90)})` : ''}`,
      );
    }
  }
}

const BEAT_MS = 20_000;

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(0);
}
