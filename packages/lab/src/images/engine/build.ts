import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Built, Component } from './component.ts';
import { hashInputs } from './inputs.ts';
import { Mutex } from './mutex.ts';
import type { Progress } from './progress.ts';
import { runner } from './run.ts';
import { Store } from './store.ts';

/** What `build` did with each component. */
export type Outcome = 'built' | 'up to date';

/** Some components could not be built; the message says which and why. */
export class BuildFailed extends Error {}

/** A needed component failed: no news of its own. */
class NeedFailed extends Error {}

/**
 * Builds components and what they need; those that are up to date are left alone.
 *
 * Independent components are built side by side, exclusive ones one after the other. A failure does not stop
 * those that do not need the failed one; {@link BuildFailed} is thrown at the end.
 *
 * @param names - components that are wanted
 * @param table - all components
 * @param root - the images folder
 */
export async function build(
  names: string[],
  table: Component[],
  root: string,
  progress: Progress,
): Promise<Map<string, Outcome>> {
  const store = new Store(root);
  const processor = new Mutex();
  const outcomes = new Map<string, Outcome>();
  const failures: string[] = [];
  const started = new Map<string, Promise<Built>>();

  const ensure = (name: string): Promise<Built> => {
    let result = started.get(name);
    if (!result) {
      result = make(find(table, name));
      started.set(name, result);
    }
    return result;
  };

  const make = async (component: Component): Promise<Built> => {
    const results = await Promise.allSettled(component.needs.map(ensure));
    if (results.some(result => result.status === 'rejected'))
      throw new NeedFailed();
    const needed = Object.fromEntries(
      results.map((result, index) => [
        component.needs[index]!,
        (result as PromiseFulfilledResult<Built>).value,
      ]),
    );
    try {
      return await makeUnlessBuilt(component, needed);
    } catch (error) {
      failures.push(
        `${component.name}: ${
          error instanceof Error ? error.message : String(error)
        }`,
      );
      progress.say(component.name, 'FAILED');
      throw error;
    }
  };

  const makeUnlessBuilt = async (
    component: Component,
    needed: Record<string, Built>,
  ): Promise<Built> => {
    const hash = await hashInputs(
      component,
      Object.fromEntries(
        Object.entries(needed).map(([name, built]) => [name, built.hash]),
      ),
    );
    const last = await store.built(component.name);
    if (last?.hash === hash) {
      outcomes.set(component.name, 'up to date');
      return last;
    }
    const work = () => makeNow(component, hash, needed);
    const built = component.exclusive
      ? await processor.run(work)
      : await work();
    outcomes.set(component.name, 'built');
    return built;
  };

  const makeNow = async (
    component: Component,
    hash: string,
    needed: Record<string, Built>,
  ): Promise<Built> => {
    const output = component.output.replace('{hash}', hash.slice(0, 12));
    const log = join(root, 'logs', `${component.name}.log`);
    await rm(log, { force: true });
    const workplace = await store.workplace(component.name, output);
    const done = progress.start(component.name, component.title);
    const begin = performance.now();
    try {
      await component.build({
        output: workplace,
        resultOf: name => join(root, needed[name]!.output),
        run: runner(log, line => progress.detail(component.name, line)),
        say: message => progress.say(component.name, message),
      });
      const seconds = Math.round((performance.now() - begin) / 100) / 10;
      const built: Built = {
        hash,
        output,
        seconds,
        time: new Date().toISOString(),
      };
      await store.publish(component.name, workplace, built, component.link);
      progress.say(component.name, `done in ${seconds} s`);
      return built;
    } finally {
      done();
    }
  };

  await Promise.allSettled(names.map(ensure));
  if (failures.length > 0) throw new BuildFailed(failures.join('\n'));
  return outcomes;
}

function find(table: Component[], name: string): Component {
  const component = table.find(each => each.name === name);
  if (!component) {
    throw new BuildFailed(
      `there is no component "${name}"; there are ${table
        .map(each => each.name)
        .join(', ')}`,
    );
  }
  return component;
}
