import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { goModule } from './recipes/goProgram.ts';

/**
 * Pins a component's Go module anew: `node src/images/pin.ts COMPONENT VERSION [FOLDER]` (without v). The folder below images/go has the
 * component's name unless given: `pin.ts kubernetes 1.35.5 kubernetes-older` pins the version from which the lab upgrades.
 *
 * The wrapper module in images/go takes over the requirements, replacements and sums of the upstream module, so the very
 * versions that the project released with are built. Then raise images/versions.json and build.
 */
interface Upstream {
  module: string;
  /** Packages to build; empty for a wrapper with a main package of its own. */
  tools: string[];
  /** Replacements of our own, each with its reason in the README. */
  replacements?: string[];
}

const UPSTREAM: Record<string, Upstream> = {
  kubernetes: { module: 'k8s.io/kubernetes', tools: [] },
  etcd: {
    module: 'go.etcd.io/etcd/server/v3',
    tools: ['go.etcd.io/etcd/server/v3'],
  },
  coredns: {
    module: 'github.com/coredns/coredns',
    tools: ['github.com/coredns/coredns'],
  },
  'kube-router': {
    module: 'github.com/cloudnativelabs/kube-router/v2',
    tools: ['github.com/cloudnativelabs/kube-router/v2/cmd/kube-router'],
    replacements: [
      'github.com/vishvananda/netlink => github.com/vishvananda/netlink v1.3.1',
    ],
  },
  'cni-plugins': {
    module: 'github.com/containernetworking/plugins',
    tools: [
      'ipam/host-local',
      'main/bridge',
      'main/loopback',
      'meta/portmap',
    ].map(path => `github.com/containernetworking/plugins/plugins/${path}`),
  },
};

/** What `go mod edit -json` prints, as far as it is used. */
interface GoMod {
  Go: string;
  GoDebug: { Key: string; Value: string }[] | null;
  Require: { Path: string; Version: string; Indirect?: boolean }[];
  Replace:
    | {
        Old: { Path: string; Version?: string };
        New: { Path: string; Version?: string };
      }[]
    | null;
}

const env = {
  ...process.env,
  GOTOOLCHAIN: 'local',
  GOFLAGS: '-mod=mod',
  CGO_ENABLED: '0',
};

async function go(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('go', args, {
    cwd: folder,
    env,
    maxBuffer: 1 << 26,
  });
  return stdout;
}

/** The text of a wrapper's go.mod. */
export function wrapperModule(
  name: string,
  version: string,
  upstream: Upstream,
  mod: GoMod,
): string {
  const local = (mod.Replace ?? []).filter(({ New }) =>
    New.Path.startsWith('.'),
  );
  const replacements = [
    ...(mod.Replace ?? [])
      .filter(each => !local.includes(each))
      .map(({ Old, New }) => `${joined(Old)} => ${joined(New)}`),
    ...(upstream.replacements ?? []),
    // A Kubernetes release requires its staging modules as v0.0.0 and replaces them by folders; each has a tag v0.MINOR.PATCH.
    ...mod.Require.filter(({ Version }) => Version === 'v0.0.0').map(
      ({ Path }) => `${Path} => ${Path} ${version.replace(/^1\./, 'v0.')}`,
    ),
  ];
  const further = mod.Require.filter(({ Version }) => Version !== 'v0.0.0');
  return [
    `module lab.local/${name}`,
    `go ${mod.Go}`,
    block(
      'godebug',
      (mod.GoDebug ?? []).map(({ Key, Value }) => `${Key}=${Value}`),
    ),
    block('tool', upstream.tools),
    `require ${upstream.module} v${version}`,
    block(
      'require',
      further.map(each => joined(each) + (each.Indirect ? ' // indirect' : '')),
    ),
    block('replace', replacements),
  ]
    .filter(Boolean)
    .join('\n\n')
    .concat('\n');
}

function block(keyword: string, lines: string[]): string {
  return lines.length > 0
    ? `${keyword} (\n${lines.map(line => `\t${line}\n`).join('')})`
    : '';
}

function joined({ Path, Version }: { Path: string; Version?: string }): string {
  return Version ? `${Path} ${Version}` : Path;
}

async function pin(
  name: string,
  version: string,
  folderName: string,
): Promise<void> {
  const upstream = UPSTREAM[name];
  if (!upstream || !/^\d+\.\d+\.\d+$/.test(version)) {
    throw new Error(
      `usage: node src/images/pin.ts ${Object.keys(UPSTREAM).join(
        '|',
      )} VERSION (without v) [FOLDER in images/go]`,
    );
  }
  const folder = goModule(folderName);
  await mkdir(folder, { recursive: true });
  const download = JSON.parse(
    await go('/', 'mod', 'download', '-json', `${upstream.module}@v${version}`),
  );
  const mod = JSON.parse(
    await go('/', 'mod', 'edit', '-json', download.GoMod),
  ) as GoMod;
  await writeFile(
    join(folder, 'go.mod'),
    wrapperModule(name, version, upstream, mod),
  );
  await copyFile(join(download.Dir, 'go.sum'), join(folder, 'go.sum'));
  // Downloads what is built, and completes go.mod and go.sum by it.
  await go(
    folder,
    'list',
    '-deps',
    ...(upstream.tools.length > 0 ? upstream.tools : ['.']),
  );
  console.log(
    `${name} v${version} is pinned. Now set it in images/versions.json (kubernetes-older: images/older.json) and build.`,
  );
}

if (import.meta.main) {
  const [name = '', version = '', folder = name] = process.argv.slice(2);
  await pin(name, version, folder);
}
