import { Policies, type PolicyVerb } from '@kubesmith/plugin-kubesmith-common';
import { naive } from './naive';
import {
  type RandomCase,
  clusters,
  randomCase,
  seeded,
} from './randomPolicies';

/** How the answers to many cases compare. */
export type Comparison = {
  cases: number;
  /** How often something was allowed, to see that the cases are worth something. */
  allowed: number;
  /** The first few cases in which the answers differ. */
  wrong: object[];
};

const LANES = 8;
const MAX_WRONG = 3;

/**
 * Asks somebody who may do something with which clusters, again and again, and compares the answers with the naive one.
 *
 * @param ask - ids of the clusters for which the answer is yes
 * @param verb - asked in every case; any otherwise
 */
export async function compareAnswers(
  seed: number,
  cases: number,
  ask: (policies: Policies, question: RandomCase) => Promise<Set<string>>,
  verb?: PolicyVerb,
): Promise<Comparison> {
  const random = seeded(seed);
  const result: Comparison = { cases: 0, allowed: 0, wrong: [] };
  const lane = async () => {
    while (result.cases < cases && result.wrong.length < MAX_WRONG) {
      const drawn = randomCase(random);
      const question = verb ? { ...drawn, verb } : drawn;
      const number = ++result.cases;
      const policies = new Policies(question.document, question);
      const expected = clusters
        .filter(cluster => naive(question, question.verb, cluster))
        .map(({ id }) => id)
        .sort();
      const given = [...(await ask(policies, question))].sort();
      result.allowed += expected.length;
      if (given.join() !== expected.join()) {
        result.wrong.push({ number, question, expected, given });
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return result;
}
