/** A number of bytes as people read it, in megabytes (2^20 bytes) with one digit. */
export function formatMegabytes(bytes: number): string {
  return `${Math.max(0.1, bytes / 2 ** 20).toFixed(1)} MB`;
}
