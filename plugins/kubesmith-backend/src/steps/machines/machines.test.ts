import { machinesTests } from '../__testUtils__/machinesTests';

jest.setTimeout(180_000);

// On Postgres: machinesOnPostgres.long.test.ts.
machinesTests('SQLITE_3');
