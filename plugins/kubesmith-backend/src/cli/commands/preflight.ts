import { describeChecklist } from '../preflight/Checklist';
import { runPreflight } from '../preflight/runPreflight';
import type { CliCommand } from '../CliCommand';

/** Looks whether everything that clusters need is there. Exit code 1 when there is a problem; warnings do not count. */
export const preflight: CliCommand = {
  name: 'preflight',
  summary:
    'Looks whether everything that clusters need is there; reads only, changes nothing',
  configure(command) {
    command.option('--json', 'print the findings as JSON');
  },
  async run({ database, loadConfig, options, print }) {
    const list = await runPreflight({ database, loadConfig });
    const ready = list.count('problem') === 0;
    print(
      options.json
        ? JSON.stringify({ ready, findings: list.findings }, undefined, 2)
        : describeChecklist(list),
    );
    return ready ? 0 : 1;
  },
};
