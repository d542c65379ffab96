/** An id of one wish, however often it is sent: a random UUID, also where the portal is reached by plain http. */
export function newRequestId(): string {
  // `crypto.randomUUID` is there in secure contexts only.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0'));
  return [4, 6, 8, 10, 16]
    .map((end, index) => hex.slice([0, 4, 6, 8, 10][index], end).join(''))
    .join('-');
}
