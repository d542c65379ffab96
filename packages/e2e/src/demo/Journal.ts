/** Tells what happens, line by line with the time since the start, and keeps how long each phase took. */
export class Journal {
  readonly #began = Date.now();
  readonly #phases: { name: string; seconds: number }[] = [];
  readonly #write: (line: string) => void;

  constructor(
    write: (line: string) => void = line => process.stdout.write(`${line}\n`),
  ) {
    this.#write = write;
  }

  /** A line of its own, without a time. */
  text(line = ''): void {
    this.#write(line);
  }

  /** Something that happened now. */
  line(message: string): void {
    this.#write(`${elapsed(this.#seconds())}  ${message}`);
  }

  /** Does the work of one phase and keeps its time. */
  async phase<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.line(`${name} ...`);
    const began = Date.now();
    try {
      const result = await work();
      this.keep(name, (Date.now() - began) / 1000);
      return result;
    } catch (error) {
      this.line(`${name}: failed`);
      throw error;
    }
  }

  /** Keeps the time of a phase that was measured elsewhere. */
  keep(name: string, seconds: number): void {
    this.#phases.push({ name, seconds });
  }

  /** All phases with their times, and the total. */
  table(): void {
    const rows = [...this.#phases, { name: 'Total', seconds: this.#seconds() }];
    const width = Math.max(...rows.map(({ name }) => name.length));
    for (const { name, seconds } of rows) {
      this.#write(
        `  ${name.padEnd(width)}  ${seconds.toFixed(1).padStart(7)} s`,
      );
    }
  }

  #seconds(): number {
    return (Date.now() - this.#began) / 1000;
  }
}

/** `  1:02.3`: as wide for every demo that takes less than an hour. */
function elapsed(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${String(minutes).padStart(3)}:${(seconds % 60)
    .toFixed(1)
    .padStart(4, '0')}`;
}
