import type {
  LoggerService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import type { ClusterStore } from '../database/ClusterStore';
import { readDatabaseTime } from '../database/databaseTime';
import type { PlatformPower } from '../power/PlatformPower';
import { RestoreStore } from '../restore/RestoreStore';
import { ScheduleStore } from './ScheduleStore';
import { ScheduleSweeper } from './ScheduleSweeper';

/** Keeps the timetables of clusters, and has one replica look every minute what they say. */
export async function createSchedules(deps: {
  clusters: ClusterStore;
  knex: Knex;
  logger: LoggerService;
  power: PlatformPower;
  scheduler: SchedulerService;
}) {
  const { knex, scheduler } = deps;
  const schedules = new ScheduleStore(knex);
  const sweeper = new ScheduleSweeper({
    ...deps,
    now: () => readDatabaseTime(knex),
    restores: new RestoreStore(knex),
    schedules,
  });
  await scheduler.scheduleTask({
    id: 'kubesmith-schedules',
    frequency: { minutes: 1 },
    initialDelay: { seconds: 30 },
    timeout: { minutes: 10 },
    fn: () => sweeper.sweep(),
  });
  return { schedules };
}
