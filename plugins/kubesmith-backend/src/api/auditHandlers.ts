import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import {
  auditReadPermission,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { AuditStore } from '../audit/AuditStore';
import { toCsv } from '../audit/csv';
import type { AuditFilter } from '../audit/records';
import { notAllowed, requestRefused } from '../errors/apiErrors';
import type { ClusterAccess } from '../permissions/ClusterAccess';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';
import { presentAuditEntry } from './present';

/** What the handlers work with. */
export type AuditHandlerDeps = {
  access: ClusterAccess;
  auditStore: AuditStore;
  requester: Requester;
};

/** The only one whose word is taken for what others did: the policies are changed there. */
const POLICY_PLUGIN = 'plugin:permission';

/** More would not fit into one answer comfortably. */
const MAX_EXPORTED = 50_000;

/** The audit trail, for those who may read it. */
export function createAuditHandlers(
  deps: AuditHandlerDeps,
): Pick<
  Handlers,
  'listAuditEntries' | 'exportAuditEntries' | 'recordAuditEvent' | 'verifyAudit'
> {
  const { access, auditStore, requester } = deps;

  async function requireReader(credentials: BackstageCredentials) {
    if (!(await access.has(auditReadPermission, credentials))) {
      throw notAllowed('read the audit trail');
    }
  }

  return {
    async listAuditEntries({ before, limit, ...query }, request) {
      await requireReader(await requester.anyone(request));
      const entries = await auditStore.list(toFilter(query), {
        before,
        limit: limit ?? 100,
      });
      return { body: { items: entries.map(presentAuditEntry) } };
    },

    async recordAuditEvent(event, request) {
      const { actor } = await requester.actorOf(request);
      if (actor !== POLICY_PLUGIN) {
        throw notAllowed('write into the audit trail');
      }
      const entry = await auditStore.append({ ...event, via: POLICY_PLUGIN });
      return { body: presentAuditEntry(entry) };
    },

    async exportAuditEntries(query, request) {
      await requireReader(await requester.anyone(request));
      const filter = toFilter(query);
      const count = await auditStore.count(filter);
      if (count > MAX_EXPORTED) {
        throw requestRefused([
          fieldProblem('from', 'KUBESMITH-AUDIT-TOO-MUCH', {
            count,
            most: MAX_EXPORTED,
          }),
        ]);
      }
      return {
        body: toCsv(await auditStore.list(filter, { limit: MAX_EXPORTED })),
        headers: {
          'Content-Type': 'text/csv; charset=utf-8',
          'Content-Disposition':
            'attachment; filename="kubesmith-audit-trail.csv"',
        },
      };
    },

    async verifyAudit(_input, request) {
      await requireReader(await requester.anyone(request));
      return { body: await auditStore.verify() };
    },
  };
}

function toFilter({
  from,
  until,
  ...rest
}: Omit<AuditFilter, 'from' | 'until'> & {
  from?: string;
  until?: string;
}): AuditFilter {
  return {
    ...rest,
    from: from === undefined ? undefined : Date.parse(from),
    until: until === undefined ? undefined : Date.parse(until),
  };
}
