/**
 * What came of a request. yes: allowed, also when something else than a right is in the way (409). no: refused, 403. none: as
 * if it were not there, 404. who: 401.
 */
export type Outcome = 'yes' | 'no' | 'none' | 'who';

/** An answer, as far as it is looked at. */
export type Answer = {
  status: number;
  body: { error?: { code?: string; problems?: { code: string }[] } };
};

/** Codes of answers 400 that refuse because of a missing right: the form shows them at a field. */
const REFUSING = [
  'KUBESMITH-ENVIRONMENT-NOT-MANAGED',
  'KUBESMITH-OWNER-NOT-ALLOWED',
];

/** Reads an answer. What is neither allowed nor refused (a request of this test that makes no sense) is told as it is. */
export function outcomeOf({ status, body }: Answer): Outcome | string {
  if (status === 401) return 'who';
  if (status === 403) return 'no';
  if (status === 404) return 'none';
  if ((status >= 200 && status < 300) || status === 409) return 'yes';
  const codes = body.error?.problems?.map(({ code }) => code) ?? [];
  return codes.some(code => REFUSING.includes(code))
    ? 'no'
    : `${status} ${JSON.stringify(body).slice(0, 300)}`;
}

/** Counts cells, and keeps those that are not as the table says. */
export class Tally {
  cells = 0;
  readonly wrong: string[] = [];

  /** One cell. */
  check(cell: string, expected: unknown, given: unknown): void {
    this.cells += 1;
    const [wanted, got] = [expected, given].map(value => JSON.stringify(value));
    if (wanted !== got)
      this.wrong.push(`${cell}: expected ${wanted}, got ${got}`);
  }

  /** For the last line of a run. */
  toString(): string {
    return `${this.cells} cells, ${this.wrong.length} wrong`;
  }
}
