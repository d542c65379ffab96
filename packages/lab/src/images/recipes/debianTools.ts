import { join } from 'node:path';
import type { Run } from '../engine/run.ts';
import { SOURCES } from '../paths.ts';
import type { LayerContent } from './layer.ts';

/** Programs to copy, and the further names by which they are called. */
const PROGRAMS: Record<string, string[]> = {
  'xtables-nft-multi': ['iptables', 'ip6tables'].flatMap(name =>
    ['', '-save', '-restore', '-nft'].map(end => name + end),
  ),
  nft: [],
  ip: [],
  ipset: [],
  conntrack: [],
  kmod: ['modprobe'],
  busybox: [
    ...[
      'sh',
      'cp',
      'mv',
      'rm',
      'cat',
      'ls',
      'mkdir',
      'chmod',
      'wget',
      'nslookup',
      'sleep',
      'echo',
      'grep',
      'sed',
      'true',
    ],
    ...[
      'test',
      'touch',
      'ps',
      'nc',
      'tail',
      'head',
      'ping',
      'env',
      'id',
      'date',
    ],
  ],
};

/** Recipe of the container images' base. */
export const CONTAINER_SOURCES = join(SOURCES, 'containers');

/**
 * What kube-proxy and kube-router call, copied with its libraries from a Debian root file system: iptables, nft, ip,
 * ipset, conntrack, modprobe and a shell.
 */
export async function debianTools(
  root: string,
  run: Run,
): Promise<LayerContent> {
  const script = join(CONTAINER_SOURCES, 'list-tools.sh');
  const listed = await run('sh', [
    '-c',
    'exec chroot "$1" sh -s -- $2 < "$3"',
    'sh',
    root,
    Object.keys(PROGRAMS).join(' '),
    script,
  ]);
  const files: Record<string, string> = {};
  for (const line of listed.trim().split('\n')) {
    const [name = '', real = ''] = line.split(' ');
    files[inUsr(name)] = join(root, real);
  }
  const links: Record<string, string> = {
    bin: 'usr/bin',
    sbin: 'usr/sbin',
    lib: 'usr/lib',
    lib64: 'usr/lib64',
  };
  for (const [program, names] of Object.entries(PROGRAMS)) {
    const home = Object.keys(files).find(path => path.endsWith(`/${program}`));
    if (!home) throw new Error(`${root} has no ${program}`);
    for (const name of names) links[home.replace(/[^/]+$/, name)] = program;
  }
  return {
    files,
    links,
    // kube-router adds its own table to this file
    texts: {
      'etc/iproute2/rt_tables':
        '255\tlocal\n254\tmain\n253\tdefault\n0\tunspec\n',
    },
    folders: ['run', 'var/lib'],
  };
}

/** Debian's /bin, /sbin, /lib and /lib64 are links into /usr, and so they are in the image. */
function inUsr(path: string): string {
  return path.replace(/^\/(?=(s?bin|lib|lib64)\/)/, '/usr/').slice(1);
}
