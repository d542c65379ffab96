import { formatIpv4, parseCidr, parseIpv4 } from './ipv4';

describe('ipv4', () => {
  it.each(['0.0.0.0', '10.40.19.201', '192.168.255.1', '255.255.255.255'])(
    'reads and writes %s',
    text => {
      expect(formatIpv4(parseIpv4(text)!)).toBe(text);
    },
  );

  it.each([
    '',
    '10.40.19',
    '10.40.19.256',
    '10.40.19.1.1',
    'a.b.c.d',
    ' 1.1.1.1',
  ])('refuses %p', text => {
    expect(parseIpv4(text)).toBeUndefined();
  });

  it('finds the ends of a network', () => {
    const cidr = parseCidr('10.40.19.77/24')!;
    expect(formatIpv4(cidr.network)).toBe('10.40.19.0');
    expect(formatIpv4(cidr.broadcast)).toBe('10.40.19.255');
    expect(cidr.prefixLength).toBe(24);
  });

  it.each([
    '10.40.19.0',
    '10.40.19.0/',
    '10.40.19.0/31',
    '10.40.19.0/x',
    '1.1.1.1/2/3',
  ])('refuses the network %p', text => {
    expect(parseCidr(text)).toBeUndefined();
  });
});
