import { randomUUID } from 'node:crypto';
import type { SchedulerService } from '@backstage/backend-plugin-api';
import type { GrantRole } from '@kubesmith/plugin-kubesmith-common';
import { reaches } from '@kubesmith/plugin-kubesmith-common';
import { createTestDatabases } from '../__testUtils__/databases';
import type { ClusterRecord } from '../database/records';
import { grantBench } from '../grants/__testUtils__/grantBench';
import type { CallerAccess } from '../permissions/ClusterAccess';
import {
  policyEngineAway,
  policyEngineOther,
} from '../permissions/policyEngineErrors';
import { ShareStore } from './ShareStore';
import { endWithRights } from './endWithRights';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const eve = 'user:default/eve';
const tutors = 'group:default/tutors';

describe.each(databases.eachSupportedId())(
  'the end of a right on %s',
  databaseId => {
    async function setUp() {
      const bench = await grantBench(await databases.init(databaseId));
      const { clusters, grants, knex, logger, sweeper } = bench;
      const shares = new ShareStore(knex);
      const tasks = new Map<string, () => Promise<void>>();
      const scheduler = {
        scheduleTask: async ({ id, fn }: { id: string; fn: () => any }) =>
          void tasks.set(id, fn),
      } as unknown as SchedulerService;
      /** The groups of people; and what the policies say: owners everything, others what is shared with them. */
      const groups = new Map<string, string[]>();
      let trouble: Error | undefined;
      let isSilent = false;
      const asked: string[] = [];
      const access = {
        ofPerson: async (userRef: string) => {
          asked.push(userRef);
          if (trouble) throw trouble;
          if (isSilent) await new Promise(() => {});
          const claims = [userRef, ...(groups.get(userRef) ?? [])];
          const least: Record<string, GrantRole> = {
            'access-editor': 'editor',
            'access-administrator': 'administrator',
          };
          return {
            may: (verb, { owner, shares: live }) =>
              claims.includes(owner) ||
              live.some(
                ({ subject, role }) =>
                  claims.includes(subject) &&
                  reaches(role, least[verb] ?? 'viewer'),
              ),
          } as CallerAccess;
        },
      };
      const changed = jest.fn();
      const byPlatform = jest.fn(async () => {});
      const grantMetric = jest.fn();
      const endNow = await endWithRights({
        access,
        audit: { byPlatform },
        changes: { changed },
        clusters,
        grants,
        logger,
        metrics: { grant: grantMetric },
        scheduler,
        shares,
        sweeper,
      });
      const share = (
        cluster: ClusterRecord,
        subject: string,
        role: GrantRole = 'viewer',
        namespaces?: string[],
      ) =>
        shares.insert({
          id: randomUUID(),
          clusterId: cluster.id,
          subject,
          role,
          namespaces,
          until: Date.now() + 3_600_000,
          createdBy: 'user:default/ada',
        });
      const state = async (id: string) => {
        const { revokedAt, endReason } = (await grants.get(id))!;
        return [revokedAt === undefined ? 'works' : 'ended', endReason];
      };
      return {
        ...bench,
        asked,
        byPlatform,
        changed,
        endNow,
        groups,
        share,
        shares,
        state,
        tasks,
        setSilent: () => {
          isSilent = true;
        },
        setTrouble: (error?: Error) => {
          trouble = error;
        },
      };
    }

    it('of a group ends what its member has, and nothing else', async () => {
      const {
        byPlatform,
        groups,
        ready,
        request,
        service,
        share,
        state,
        tasks,
      } = await setUp();
      const cluster = await ready('a');
      const { id } = await share(cluster, tutors);
      groups.set(eve, [tutors]);
      const own = await service.issue(cluster, request);
      const theirs = await service.issue(cluster, {
        ...request,
        userRef: eve,
        shareIds: [id],
      });
      const turn = tasks.get('kubesmith-ended-rights')!;
      await turn();
      expect(await state(theirs.grant.id)).toEqual(['works', undefined]);

      groups.set(eve, []);
      await Promise.all([turn(), turn()]);
      expect(await state(theirs.grant.id)).toEqual(['ended', 'right-ended']);
      expect(await state(own.grant.id)).toEqual(['works', undefined]);
      expect(byPlatform.mock.calls).toEqual([
        [
          expect.objectContaining({
            noun: 'grant',
            verb: 'revoke',
            meta: expect.objectContaining({
              clusterId: cluster.id,
              environment: 'research',
              user: eve,
              reason: 'right-ended',
            }),
          }),
        ],
      ]);
    });

    it('ends kubeconfigs of a role, or of a namespace, that a share does not give any more', async () => {
      const { endNow, ready, request, service, share, shares, state } =
        await setUp();
      const cluster = await ready('a');
      const issue = async (role: GrantRole, namespaces?: string[]) =>
        (
          await service.issue(cluster, {
            ...request,
            userRef: eve,
            role,
            namespaces,
          })
        ).grant.id;
      await share(cluster, eve, 'viewer');
      const editor = await share(cluster, eve, 'editor', ['a', 'b']);
      const everywhere = await issue('viewer');
      const inA = await issue('editor', ['a']);
      await endNow();
      expect([await state(everywhere), await state(inA)]).toEqual([
        ['works', undefined],
        ['works', undefined],
      ]);
      await shares.end(editor.id, 'user:default/ada');
      await share(cluster, eve, 'editor', ['b']);
      await endNow();
      expect([await state(everywhere), await state(inA)]).toEqual([
        ['works', undefined],
        ['ended', 'right-ended'],
      ]);
    });

    it('is not what a backend that cannot be asked says', async () => {
      const { endNow, logger, ready, request, service, setTrouble, state } =
        await setUp();
      const { grant } = await service.issue(await ready('a'), {
        ...request,
        userRef: eve,
      });
      setTrouble(policyEngineAway());
      await endNow();
      expect(await state(grant.id)).toEqual(['works', undefined]);
      expect(logger.warn).toHaveBeenCalledWith(
        expect.stringContaining('they stay, and it is tried again'),
        expect.objectContaining({ user: eve }),
      );
      setTrouble();
      await endNow();
      expect(await state(grant.id)).toEqual(['ended', 'right-ended']);
    });

    it('does not wait for policies that do not answer, when its time is over', async () => {
      const { expire, ready, request, service, setSilent, state, tasks } =
        await setUp();
      const { grant } = await service.issue(await ready('a'), request);
      const { grant: late } = await service.issue(await ready('b'), request);
      setSilent();
      const asking = tasks.get('kubesmith-ended-rights')!();
      await expire(late.id);
      await tasks.get('kubesmith-ended-kubeconfigs')!();
      expect((await state(late.id))[0]).toBe('ended');
      expect((await state(grant.id))[0]).toBe('works');
      await expect(
        Promise.race([asking.then(() => 'over'), 'still asking']),
      ).resolves.toBe('still asking');
    });

    it('is that of the share alone where another policy engine decides', async () => {
      const {
        endNow,
        logger,
        ready,
        request,
        service,
        setTrouble,
        share,
        shares,
        state,
      } = await setUp();
      const cluster = await ready('a');
      const { id } = await share(cluster, eve);
      setTrouble(policyEngineOther());
      const [shared, own] = [
        await service.issue(cluster, {
          ...request,
          userRef: eve,
          shareIds: [id],
        }),
        await service.issue(cluster, { ...request, userRef: eve }),
      ];
      await endNow();
      expect(await state(shared.grant.id)).toEqual(['works', undefined]);
      await shares.end(id, 'user:default/ada');
      await endNow();
      await endNow();
      expect(await state(shared.grant.id)).toEqual(['ended', 'share-ended']);
      expect(await state(own.grant.id)).toEqual(['works', undefined]);
      expect(
        logger.warn.mock.calls.filter(([text]) =>
          String(text).includes('not available with this policy engine'),
        ),
      ).toHaveLength(1);
    });

    it('is tried again while the cluster does not answer', async () => {
      const { clock, endNow, grants, kubectl, ready, request, service, state } =
        await setUp();
      const { grant } = await service.issue(await ready('a'), {
        ...request,
        userRef: eve,
      });
      kubectl.unreachable = true;
      await endNow();
      expect(await state(grant.id)).toEqual(['works', 'right-ended']);
      await expect(grants.get(grant.id)).resolves.toMatchObject({
        endRequestedAt: expect.any(Number),
      });
      kubectl.unreachable = false;
      clock.now += 1000;
      await endNow();
      expect(await state(grant.id)).toEqual(['ended', 'right-ended']);
    });

    it('asks once for each person, however many kubeconfigs there are', async () => {
      const { asked, endNow, groups, ready, request, service } = await setUp();
      groups.set(eve, ['user:default/ada']);
      for (const name of ['a', 'b', 'c']) {
        const cluster = await ready(name);
        await service.issue(cluster, request);
        await service.issue(cluster, { ...request, userRef: eve });
      }
      await endNow();
      expect(asked.sort()).toEqual(['user:default/ada', eve]);
    });

    it('of a share whose time is over is told once', async () => {
      const { changed, clusters, knex, ready, share, shares, tasks } =
        await setUp();
      const cluster = await ready('a');
      const { id } = await share(cluster, eve);
      const turn = tasks.get('kubesmith-ended-shares')!;
      await turn();
      expect(changed).not.toHaveBeenCalled();
      expect((await clusters.get(cluster.id))!.shares).toEqual([
        { id, subject: eve, role: 'viewer', namespaces: undefined },
      ]);
      await knex('shares').where({ id }).update({ until: 1000 });
      // At once, whether it was told or not.
      expect((await clusters.get(cluster.id))!.shares).toEqual([]);
      await turn();
      await turn();
      expect(changed.mock.calls).toEqual([[cluster.id]]);
      await expect(shares.get(id)).resolves.toMatchObject({
        endedAt: 1000,
        endedBy: undefined,
      });
    });
  },
);
