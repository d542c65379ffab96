import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { soleCustody } from '../custody';
import { StateKeeper } from './StateKeeper';

const stateOf = (serial: number) =>
  JSON.stringify({ version: 4, lineage: 'ours', serial, resources: [] });

describe('StateKeeper', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-keeper-'));
    path = join(folder, 'terraform.tfstate');
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A keeper whose custody can be away. */
  function setUp() {
    const tried: number[] = [];
    const custody = { isAway: false };
    const keeper = new StateKeeper(path, {
      ...soleCustody,
      async saveState(content) {
        tried.push(JSON.parse(content.toString('utf8')).serial);
        return !custody.isAway;
      },
    });
    return { custody, keeper, tried };
  }

  it('should keep each state once', async () => {
    const { keeper, tried } = setUp();
    await writeFile(path, stateOf(1));
    await keeper.keep();
    await keeper.keep();
    await writeFile(path, stateOf(2));
    await keeper.keep();
    expect(tried).toEqual([1, 2]);
  });

  it('should try a state again that could not be kept', async () => {
    const { custody, keeper, tried } = setUp();
    await writeFile(path, stateOf(1));
    custody.isAway = true;
    await keeper.keep();
    custody.isAway = false;
    await keeper.keep();
    await keeper.keep();
    expect(tried).toEqual([1, 1]);
  });

  it('should keep the last state after the work, although it could not before', async () => {
    const { custody, keeper, tried } = setUp();
    await writeFile(path, stateOf(1));
    custody.isAway = true;
    const isTried = async () => {
      while (tried.length === 0)
        await new Promise(resolve => setTimeout(resolve, 5));
      custody.isAway = false;
    };
    await keeper.during(isTried());
    expect(tried).toEqual([1, 1]);
  });

  it('should not keep half a state', async () => {
    const { keeper, tried } = setUp();
    await keeper.keep();
    await writeFile(path, stateOf(1).slice(0, -5));
    await keeper.keep();
    expect(tried).toEqual([]);
  });
});
