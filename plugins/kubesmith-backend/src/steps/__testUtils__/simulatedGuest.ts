import type { SshResult, SshTarget } from '../../tools/ssh/exec';
import { CLOCK_COMMAND } from '../power/checkGuest';

/** Ends in a hundred years. */
export const GOOD_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBPjCB8aADAgECAhR7VmlCJzqNRrKeL5KTbHNCKpkjXTAFBgMrZXAwFDESMBAG
A1UEAwwJc2ltdWxhdGVkMCAXDTI2MTEyMTIyMjIwMloYDzIxMjYxMDI4MjIyMjAy
WjAUMRIwEAYDVQQDDAlzaW11bGF0ZWQwKjAFBgMrZXADIQC4Zp485Z/191B9IUFl
4V+KXDc7eUMbQPwkTIjuSUZwqqNTMFEwHQYDVR0OBBYEFDClH1Tu12TnsmFCPqDY
tqTNLbrQMB8GA1UdIwQYMBaAFDClH1Tu12TnsmFCPqDYtqTNLbrQMA8GA1UdEwEB
/wQFMAMBAf8wBQYDK2VwA0EAyKB3oldXyqB39qpUDtky10GLUyPaV5OmFzu7zgCz
c9CNZ7w7XHlyEs4zUne2bWb/63xjHwAsK/hMiWf2FEGXDw==
-----END CERTIFICATE-----
`;

/** Ended at the beginning of 2021. */
export const ENDED_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIHVMIGIAgEBMAUGAytlcDAUMRIwEAYDVQQDDAlzaW11bGF0ZWQwHhcNMjAwMTAx
MDAwMDAwWhcNMjEwMTAxMDAwMDAwWjAaMRgwFgYDVQQDDA9zaW11bGF0ZWQtZW5k
ZWQwKjAFBgMrZXADIQAXgNDC/a9svZiN6U1CY/eqUpJji6ihZauEuPZQWIyErTAF
BgMrZXADQQDDujpuHTfHKdqpI1Y5edk2vdBRIL4OwCN5LbPQfCteGabX86LBTSGU
flrnNdIjutSM0orwv5JqmH5BJ9h78iIC
-----END CERTIFICATE-----
`;

/** What simulated nodes answer over SSH, by the node's name; tests change it. */
export interface SimulatedGuests {
  /** How far a node's clock is ahead, ms. */
  clockAheadMs(node: string): number;
  /** The certificate that a node shows. */
  certificate(node: string): string;
}

/** Nodes that are well. */
export const wellGuests = (): SimulatedGuests => ({
  clockAheadMs: () => 0,
  certificate: () => GOOD_CERTIFICATE,
});

/** A shell on nodes that are not there: it knows the time and certificates, all else succeeds silently. */
export function simulatedShell(guests: SimulatedGuests) {
  return async (
    { nodeName }: Pick<SshTarget, 'nodeName'>,
    command: string,
  ): Promise<SshResult> => {
    const answer = (stdout: string) => ({ stdout, stderr: '', code: 0 });
    if (command === CLOCK_COMMAND)
      return answer(
        `${Math.floor((Date.now() + guests.clockAheadMs(nodeName)) / 1000)}\n`,
      );
    return answer(
      command.includes('/pki/') ? guests.certificate(nodeName) : '',
    );
  };
}
