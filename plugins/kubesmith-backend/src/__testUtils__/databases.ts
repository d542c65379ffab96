import {
  type TestDatabaseId,
  TestDatabases,
  mockServices,
} from '@backstage/backend-test-utils';
import type { Knex } from 'knex';
import { ApprovalLimitStore } from '../approvals/ApprovalLimitStore';
import { ApprovalRules } from '../approvals/ApprovalRules';
import { ClusterStore } from '../database/ClusterStore';
import { openDatabase } from '../database/openDatabase';
import { OperationStore } from '../engine/OperationStore';
import { Environments } from '../environments/Environments';
import { GrantStore } from '../grants/GrantStore';
import { PoolStore } from '../pools/PoolStore';
import { QuotaStore } from '../quotas/QuotaStore';
import { Quotas } from '../quotas/Quotas';
import { SecretStore } from '../secrets/SecretStore';
import { testConfig } from './config';
import { MigratedPostgres } from './migratedPostgres';
import { claimsOfPerson } from './people';

const ids: TestDatabaseId[] = ['SQLITE_3', 'POSTGRES_17'];

/** SQLite, and the Postgres of `testing/postgres`, without any table. Call it once per test file. */
export function createEmptyTestDatabases() {
  return TestDatabases.create({ ids });
}

/**
 * SQLite, and the Postgres of `testing/postgres`, for tests that bring the tables up to date first: on Postgres they are there
 * already. Call it once per test file.
 */
export function createTestDatabases() {
  const empty = createEmptyTestDatabases();
  let postgres: MigratedPostgres | undefined;
  afterAll(async () => postgres?.close(), 60_000);
  return {
    eachSupportedId: () => empty.eachSupportedId(),
    async init(id: TestDatabaseId): Promise<Knex> {
      if (id !== 'POSTGRES_17') return empty.init(id);
      postgres ??= new MigratedPostgres();
      return postgres.create();
    },
  };
}

/** All stores on an empty database, with the pools of the test configuration. */
export async function openStores(knex: Knex) {
  await openDatabase(
    mockServices.database.mock({ getClient: async () => knex }),
  );
  const config = testConfig();
  const pools = new PoolStore(knex);
  const environments = new Environments(knex, config.sizes);
  await environments.mirror(config.environments, { knex, pools });
  const approvalLimits = new ApprovalLimitStore(knex);
  const quotaStore = new QuotaStore(knex);
  return {
    config,
    environments,
    knex,
    clusters: new ClusterStore(knex),
    grants: new GrantStore(knex),
    operations: new OperationStore(knex),
    people: { claimsOf: async (userRef: string) => claimsOfPerson(userRef) },
    pools,
    approvalLimits,
    approvals: new ApprovalRules({ knex, store: approvalLimits }),
    quotaStore,
    quotas: new Quotas({ knex, store: quotaStore }),
    secrets: new SecretStore(knex, config.encryption.keys),
  };
}
