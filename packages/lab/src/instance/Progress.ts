/** Tells what is being done while it is being done, and how long it took. */
export class Progress {
  readonly #write: (line: string) => void;

  constructor(
    write: (line: string) => void = line => process.stderr.write(line),
  ) {
    this.#write = write;
  }

  /** Nothing is told. */
  static readonly silent = new Progress(() => {});

  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const seconds = () =>
      `${((performance.now() - began) / 1000).toFixed(1)} s`;
    this.#write(` • ${title} …`);
    try {
      const result = await work();
      this.#write(` ${seconds()}\n`);
      return result;
    } catch (error) {
      this.#write(` failed after ${seconds()}\n`);
      throw error;
    }
  }

  line(text: string): void {
    this.#write(`${text}\n`);
  }
}
