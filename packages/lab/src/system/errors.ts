/** Whether an error is a system error of one of these codes, `ENOENT` for instance. */
export function isSystemError(error: unknown, ...codes: string[]): boolean {
  return (
    error instanceof Error &&
    codes.includes((error as NodeJS.ErrnoException).code ?? '')
  );
}

/** Turns a system error of these codes into undefined; any other error stays an error. */
export async function unless<T>(
  codes: string[],
  promise: Promise<T>,
): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isSystemError(error, ...codes)) return undefined;
    throw error;
  }
}
