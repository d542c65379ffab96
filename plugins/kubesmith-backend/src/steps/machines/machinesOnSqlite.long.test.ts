import { machinesTests } from '../__testUtils__/machinesTests';

jest.setTimeout(15 * 60_000);

// On Postgres: machinesOnPostgres.long.test.ts. With each run of the tests: proxmoxFaults.test.ts and the end-to-end tests.
machinesTests('SQLITE_3');
