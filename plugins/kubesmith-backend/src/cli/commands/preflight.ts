import { readKubesmithConfig } from '../../config/readKubesmithConfig';
import type { CliCommand } from '../CliCommand';

/** Looks whether everything that clusters need is there. Reads only. */
export const preflight: CliCommand = {
  name: 'preflight',
  summary:
    'Looks whether everything that clusters need is there; reads only, changes nothing',
  async run({ loadConfig, print }) {
    readKubesmithConfig(await loadConfig());
    print('The configuration is valid.');
    return 0;
  },
};
