import {
  copyFile,
  mkdir,
  readdir,
  readFile,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { inRepository } from '../layout.ts';
import type { Guide } from './guide.ts';
import { run } from './run.ts';

/** What real users begin with. */
const CREATOR = '@backstage/create-app';
const CREATOR_VERSION = '^0.9.2';
const ALLOW_ALL =
  '@backstage/plugin-permission-backend-module-allow-all-policy';

type Manifest = {
  dependencies?: Record<string, string>;
  resolutions?: Record<string, string>;
  dependenciesMeta?: Record<string, unknown>;
  [key: string]: unknown;
};

/** A new Backstage app as `@backstage/create-app` makes it, outside of this repository. */
export class FreshApp {
  /** The app's root. */
  readonly folder: string;
  /** Where our packed packages are. */
  readonly archives: string;

  private constructor(folder: string, archives: string) {
    this.folder = folder;
    this.archives = archives;
  }

  /**
   * Makes it, without installing anything yet.
   *
   * @param parent - a folder of its own
   */
  static async create(parent: string): Promise<FreshApp> {
    const creator = join(parent, 'creator');
    await mkdir(creator, { recursive: true });
    const pins = await ourPins();
    await writeJson(join(creator, 'package.json'), {
      name: 'creator',
      private: true,
      packageManager: pins.packageManager,
      dependencies: { [CREATOR]: CREATOR_VERSION },
      resolutions: pins.resolutions,
      dependenciesMeta: pins.dependenciesMeta,
    });
    await copyFile(inRepository('.yarnrc.yml'), join(creator, '.yarnrc.yml'));
    await writeFile(join(creator, 'yarn.lock'), '');
    await run(creator, ['yarn', 'install']);
    const folder = join(parent, 'portal');
    const bin = join('node_modules', CREATOR, 'bin', 'backstage-create-app');
    // It asks for a name, and takes it from an environment variable when nobody sits there.
    await run(creator, ['node', bin, '--skip-install', '--path', folder], {
      env: { BACKSTAGE_APP_NAME: 'portal' },
    });

    const app = new FreshApp(folder, join(parent, 'archives'));
    await app.#pin(pins);
    await run(inRepository(), [
      'node',
      inRepository('scripts', 'release', 'pack.ts'),
      app.archives,
    ]);
    return app;
  }

  /** Does what the guide says, with archives in place of packages of a registry, and builds the app. */
  async adopt(guide: Guide): Promise<void> {
    const archives = await this.#archivesByName();
    await this.#edit('package.json', manifest => {
      Object.assign((manifest.resolutions ??= {}), archives);
    });
    for (const workspace of ['backend', 'app'] as const) {
      await this.#edit(
        join('packages', workspace, 'package.json'),
        manifest => {
          for (const name of guide.packages[workspace])
            (manifest.dependencies ??= {})[name] = archives[name]!;
        },
      );
    }
    const index = join(this.folder, 'packages', 'backend', 'src', 'index.ts');
    const source = await readFile(index, 'utf8');
    await writeFile(
      index,
      source
        .replace(
          new RegExp(
            `backend\\.add\\(\\s*import\\('${ALLOW_ALL}'\\),?\\s*\\);`,
          ),
          '',
        )
        .replace(
          'backend.start();',
          `${guide.backendLines.join('\n')}\nbackend.start();`,
        ),
    );
    await writeFile(
      join(this.folder, 'app-config.kubesmith.yaml'),
      guide.config,
    );
    await run(this.folder, ['yarn', 'install']);
  }

  /** Checks the app's types and builds backend and frontend. */
  async build(): Promise<void> {
    await run(this.folder, ['yarn', 'tsc']);
    await run(this.folder, ['yarn', 'build:backend'], { limitMinutes: 25 });
  }

  async #archivesByName(): Promise<Record<string, string>> {
    const names: Record<string, string> = {};
    for (const file of await readdir(this.archives)) {
      const name = /^kubesmith-(.*)-\d+\.\d+\.\d+\.tgz$/.exec(file)?.[1];
      if (name)
        names[`@kubesmith/${name}`] = `file:${join(this.archives, file)}`;
    }
    return names;
  }

  /**
   * Takes this repository's versions of what others made: they are on this machine already, and a registry that is only a
   * partial mirror has them. Node.js 24 needs one of them, better-sqlite3 13.
   */
  async #pin(pins: Awaited<ReturnType<typeof ourPins>>): Promise<void> {
    await copyFile(inRepository('yarn.lock'), join(this.folder, 'yarn.lock'));
    await this.#edit('package.json', manifest => {
      Object.assign((manifest.resolutions ??= {}), pins.resolutions);
      manifest.dependenciesMeta = pins.dependenciesMeta;
    });
    const settings = join(this.folder, '.yarnrc.yml');
    const yarnPath = /^yarnPath:.*$/m.exec(await readFile(settings, 'utf8'));
    const ours = await readFile(inRepository('.yarnrc.yml'), 'utf8');
    await writeFile(settings, `${ours}${yarnPath?.[0] ?? ''}\n`);
  }

  async #edit(
    file: string,
    change: (manifest: Manifest) => void,
  ): Promise<void> {
    const path = join(this.folder, file);
    const manifest = JSON.parse(await readFile(path, 'utf8')) as Manifest;
    change(manifest);
    await writeJson(path, manifest);
  }
}

async function ourPins(): Promise<
  Required<Pick<Manifest, 'resolutions' | 'dependenciesMeta'>> & {
    packageManager: string;
  }
> {
  return JSON.parse(await readFile(inRepository('package.json'), 'utf8'));
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, undefined, 2)}\n`);
}
