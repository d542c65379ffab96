import type { ClusterSchedule } from '@kubesmith/plugin-kubesmith-common';
import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import type { Request } from 'express';
import type { Knex } from 'knex';
import type { AuditTrail } from '../audit/AuditTrail';
import type { ClusterStore } from '../database/ClusterStore';
import { readDatabaseTime } from '../database/databaseTime';
import type { ClusterRecord } from '../database/records';
import { conflict, requestRefused } from '../errors/apiErrors';
import type { CallerAccess, ClusterAccess } from '../permissions/ClusterAccess';
import type { ScheduleStore } from '../schedules/ScheduleStore';
import { readTimetable } from '../schedules/readTimetable';
import { type AnyTimetable, nextEdges, nextLook } from '../schedules/timetable';
import { DAY_MS } from '../time';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';
import { parseMoment } from './parseMoment';

/** What the handlers work with. */
export type ScheduleHandlerDeps = {
  access: ClusterAccess;
  audit: AuditTrail;
  clusters: ClusterStore;
  knex: Knex;
  requester: Requester;
  schedules: ScheduleStore;
};

const SHOWN = 5;
const LONGEST_SNOOZE_MS = 31 * DAY_MS;

/** When clusters sleep and wake by themselves. */
export function createScheduleHandlers(
  deps: ScheduleHandlerDeps,
): Pick<
  Handlers,
  'getSchedule' | 'previewSchedule' | 'setSchedule' | 'snoozeSchedule'
> {
  const { access, audit, clusters, knex, requester, schedules } = deps;

  async function describe(
    cluster: ClusterRecord,
    allowed: CallerAccess,
  ): Promise<ClusterSchedule> {
    const now = await readDatabaseTime(knex);
    const schedule = await schedules.find(cluster.id);
    return {
      clusterId: cluster.id,
      can: { change: !isEnding(cluster) && allowed.may('hibernate', cluster) },
      ...(schedule && {
        ...presentTimetable(schedule.timetable, now),
        setBy: schedule.setBy,
        setAt: time(schedule.setAt),
        ...(schedule.snoozedUntil !== undefined &&
          schedule.snoozedUntil > now && {
            snoozedUntil: time(schedule.snoozedUntil),
          }),
      }),
      next: schedule ? comingChanges(schedule.timetable, now) : [],
    };
  }

  async function change(
    request: Request,
    clusterId: string,
    verb: 'schedule' | 'snooze',
    meta: Record<string, string>,
    run: (userRef: string, now: number) => Promise<void>,
  ): Promise<{ body: ClusterSchedule }> {
    const body = await audit.audited(
      request,
      {
        noun: 'cluster',
        verb,
        severityLevel: 'medium',
        meta: { clusterId, ...meta },
      },
      async () => {
        const { caller, credentials } = await requester.user(request);
        const allowed = await access.of(credentials);
        const cluster = allowed.require(
          'hibernate',
          await clusters.get(clusterId),
          { kind: 'cluster', id: clusterId },
        );
        if (isEnding(cluster))
          throw conflict('KUBESMITH-CLUSTER-ENDING', { name: cluster.name });
        await run(caller.userRef, await readDatabaseTime(knex));
        return {
          result: await describe(cluster, allowed),
          meta: { environment: cluster.environment },
        };
      },
    );
    return { body };
  }

  return {
    async previewSchedule(wish, request) {
      await requester.user(request);
      const now = await readDatabaseTime(knex);
      const read = await readTimetable(wish, now);
      if ('problems' in read) return { body: { ...read, next: [] } };
      const { calendar } = presentTimetable(read, now);
      return {
        body: {
          problems: [],
          next: comingChanges(read, now),
          ...(calendar && { calendar }),
        },
      };
    },

    async getSchedule({ clusterId }, request) {
      const allowed = await access.of(await requester.anyone(request));
      const cluster = allowed.require('read', await clusters.get(clusterId), {
        kind: 'cluster',
        id: clusterId,
      });
      return { body: await describe(cluster, allowed) };
    },

    async setSchedule({ clusterId, ...wish }, request) {
      const { calendar, timetable } = wish;
      return change(
        request,
        clusterId,
        'schedule',
        { ...timetable, ...(calendar && { calendar: calendar.timeZone }) },
        async (setBy, now) => {
          if (!timetable && !calendar) {
            await schedules.remove(clusterId);
            return;
          }
          const read = await readTimetable(wish, now);
          if ('problems' in read) throw requestRefused(read.problems);
          const next = nextLook(read, now);
          await schedules.put(clusterId, { timetable: read, setBy, now, next });
        },
      );
    },

    async snoozeSchedule({ clusterId, until }, request) {
      return change(
        request,
        clusterId,
        'snooze',
        until === undefined ? {} : { until },
        async (_, now) => {
          const moment = parseMoment('until', until);
          if (
            moment !== undefined &&
            !(moment > now && moment <= now + LONGEST_SNOOZE_MS)
          )
            throw requestRefused([
              fieldProblem('until', 'KUBESMITH-FIELD-INVALID', {
                field: 'until',
                detail: 'must be in the next 31 days',
              }),
            ]);
          if (!(await schedules.snooze(clusterId, moment)))
            throw conflict('KUBESMITH-SCHEDULE-NONE', {});
        },
      );
    },
  };
}

function time(moment: number): string {
  return new Date(moment).toISOString();
}

function comingChanges(
  timetable: AnyTimetable,
  now: number,
): ClusterSchedule['next'] {
  return nextEdges(timetable, now, SHOWN).map(({ at, kind }) => ({
    kind,
    at: time(at),
  }));
}

function presentTimetable(
  timetable: AnyTimetable,
  now: number,
): Pick<ClusterSchedule, 'calendar' | 'timetable'> {
  if (!('spans' in timetable)) return { timetable };
  const { goesOn, knownUntil, spans, timeZone } = timetable;
  const times = spans.filter(({ to }) => to > now).length;
  return {
    calendar: { timeZone, times, goesOn, knownUntil: time(knownUntil) },
  };
}

function isEnding({ phase }: ClusterRecord): boolean {
  return phase === 'deleting' || phase === 'deleted';
}
