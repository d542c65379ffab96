import { machinesTests } from '../__testUtils__/machinesTests';

jest.setTimeout(15 * 60_000);

machinesTests('POSTGRES_17');
