import { basename } from 'node:path';
import type { PutAside } from '../tools/terraform/state';
import type { Context } from './services';

/** Tells people which state files were not believed, and that nothing is lost by it. */
export function tellPutAside(
  { event }: Pick<Context, 'event'>,
  putAside: PutAside[],
): void {
  for (const { path, reason } of putAside) {
    event({
      level: 'warn',
      message: `Terraform's state ${reason}: it was put aside as ${basename(
        path,
      )} and is rebuilt from what is there`,
    });
  }
}
