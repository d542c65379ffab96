import type { CliCommand } from '../CliCommand';
import { acceptHostKeyCommand } from './acceptHostKey';
import { acceptRestoredDatabase } from './acceptRestoredDatabase';
import { preflight } from './preflight';
import { revokeToken } from './revokeToken';
import { rotateKeys } from './rotateKeys';

/** All commands of `kubesmith`, in the order of the help text. */
export const commands: CliCommand[] = [
  preflight,
  rotateKeys,
  acceptRestoredDatabase,
  acceptHostKeyCommand,
  revokeToken,
];
