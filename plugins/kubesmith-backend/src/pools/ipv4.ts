const PATTERN = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** `10.40.19.201` as an integer; undefined when it is no IPv4 address. */
export function parseIpv4(text: string): number | undefined {
  const bytes = PATTERN.exec(text)?.slice(1).map(Number);
  if (!bytes || bytes.some(byte => byte > 255)) {
    return undefined;
  }
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** An integer as `10.40.19.201`. */
export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map(shift => (address >>> shift) & 255).join('.');
}

/** The ends of a network, and its prefix length; undefined when the text is no IPv4 CIDR. */
export function parseCidr(
  text: string,
): { network: number; broadcast: number; prefixLength: number } | undefined {
  const [base, length, ...rest] = text.split('/');
  const address = parseIpv4(base);
  const prefixLength = Number(length);
  if (
    address === undefined ||
    rest.length > 0 ||
    !/^\d{1,2}$/.test(length ?? '') ||
    prefixLength < 1 ||
    prefixLength > 30
  ) {
    return undefined;
  }
  const size = 2 ** (32 - prefixLength);
  const network = Math.floor(address / size) * size;
  return { network, broadcast: network + size - 1, prefixLength };
}
