import type {
  LoggerService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import { readDatabaseTime } from '../database/databaseTime';
import type { PlatformPower } from '../power/PlatformPower';
import { RestoreStore } from '../restore/RestoreStore';
import { BackupSweeper } from './BackupSweeper';
import type { AutomaticBackups } from './dueBackups';

/** Has one replica look every 20 seconds which clusters are to be backed up. */
export async function createAutomaticBackups(deps: {
  knex: Knex;
  logger: LoggerService;
  power: PlatformPower;
  scheduler: SchedulerService;
  settings: AutomaticBackups;
}): Promise<void> {
  const { knex, scheduler, settings } = deps;
  if (settings.everyMs === undefined) return;
  const sweeper = new BackupSweeper({
    ...deps,
    now: () => readDatabaseTime(knex),
    restores: new RestoreStore(knex),
  });
  await scheduler.scheduleTask({
    id: 'kubesmith-backups',
    frequency: { seconds: 20 },
    initialDelay: { seconds: 45 },
    timeout: { minutes: 5 },
    fn: () => sweeper.sweep(),
  });
}
