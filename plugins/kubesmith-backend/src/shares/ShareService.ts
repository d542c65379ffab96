import { randomUUID } from 'node:crypto';
import {
  type FieldProblem,
  type GrantRole,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { ClusterStore } from '../database/ClusterStore';
import { readDatabaseTime } from '../database/databaseTime';
import type { ClusterRecord, ShareRecord } from '../database/records';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import { conflict, requestRefused } from '../errors/apiErrors';
import { quoted } from '../errors/quoted';
import type { ShareStore } from './ShareStore';
import { namespacesProblem } from './namespaces';
import { type KnownPeople, subjectProblem } from '../people/subjectProblem';
import { DAY_MS } from '../time';

const MAX_DAYS = 366;
const MAX_SHARES = 100;

/** What is to be shared with whom. */
export type ShareRequest = {
  subject: string;
  role: GrantRole;
  /** Missing: the whole cluster. */
  namespaces?: string[];
  /** ISO 8601. */
  until: string;
};

type Deps = {
  clusters: Pick<ClusterStore, 'lock'>;
  knex: Knex;
  people: KnownPeople;
  shares: ShareStore;
};

/** Shares clusters. Whether the caller may, is decided before. */
export class ShareService {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * Shares a cluster.
   *
   * @throws 400 with all fields that are wrong; 409 when it is shared with them already, is being deleted or shared too often
   */
  async create(
    cluster: ClusterRecord,
    request: ShareRequest,
    createdBy: string,
  ): Promise<ShareRecord> {
    const { clusters, knex, shares } = this.#deps;
    if (cluster.phase === 'deleting' || cluster.phase === 'deleted') {
      throw conflict('KUBESMITH-CLUSTER-ENDING', { name: cluster.name });
    }
    const subject = request.subject.trim().toLocaleLowerCase('en-US');
    const namespaces =
      request.namespaces &&
      [...new Set(request.namespaces.map(name => name.trim()))].sort();
    const problems = [
      subject === cluster.owner
        ? fieldProblem('subject', 'KUBESMITH-SUBJECT-IS-OWNER', { subject })
        : await subjectProblem(this.#deps.people, subject),
      namespaces && namespacesProblem(namespaces),
      await this.#untilProblem(request.until),
    ].filter((problem): problem is FieldProblem => problem !== undefined);
    if (problems.length > 0) throw requestRefused(problems);

    const scope = JSON.stringify(namespaces);
    return repeatWhenBusy(() =>
      knex.transaction(async tx => {
        await clusters.lock(cluster.id, tx);
        const live = await shares.listLive(cluster.id, tx);
        if (
          live.some(
            share =>
              share.subject === subject &&
              JSON.stringify(share.namespaces) === scope,
          )
        ) {
          throw conflict('KUBESMITH-SHARE-EXISTS', { subject });
        }
        if (live.length >= MAX_SHARES) {
          throw conflict('KUBESMITH-SHARES-TOO-MANY', { max: MAX_SHARES });
        }
        return shares.insert(
          {
            id: randomUUID(),
            clusterId: cluster.id,
            subject,
            role: request.role,
            namespaces,
            until: Date.parse(request.until),
            createdBy,
          },
          tx,
        );
      }),
    );
  }

  async #untilProblem(until: string): Promise<FieldProblem | undefined> {
    const time = Date.parse(until);
    const now = await readDatabaseTime(this.#deps.knex);
    return time > now && time <= now + MAX_DAYS * DAY_MS
      ? undefined
      : fieldProblem('until', 'KUBESMITH-UNTIL-INVALID', {
          until: quoted(until),
          days: MAX_DAYS,
        });
  }
}
