import { machinesTests } from '../__testUtils__/machinesTests';

jest.setTimeout(180_000);

machinesTests('POSTGRES_17');
