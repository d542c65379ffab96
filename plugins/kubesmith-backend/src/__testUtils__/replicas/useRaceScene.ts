import type { TestDatabaseId } from '@backstage/backend-test-utils';
import { RaceScene } from './RaceScene';

/**
 * Gives the tests of one `describe` a scene with so many processes, cleared after each test. Use what it returns inside of
 * tests: `scene().order(…)`.
 */
export function useRaceScene(
  databaseId: TestDatabaseId,
  processes: number,
  room?: Parameters<typeof RaceScene.create>[2],
): () => RaceScene {
  let scene: RaceScene | undefined;

  beforeAll(async () => {
    scene = await RaceScene.create(databaseId, processes, room);
  });

  afterEach(async () => {
    await scene?.clear();
  });

  afterAll(async () => {
    await scene?.close();
  });

  return () => {
    if (!scene) throw new Error('The scene is there only while tests run');
    return scene;
  };
}
