/** Does something for each item, for at most `limit` of them at the same time. Fails with the first failure. */
export async function forEachAtOnce<T>(
  items: Iterable<T>,
  limit: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const work = async () => {
    for (let next = queue.next(); !next.done; next = queue.next())
      await action(next.value);
  };
  await Promise.all(Array.from({ length: limit }, work));
}
