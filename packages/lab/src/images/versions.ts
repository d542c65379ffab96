import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SOURCES } from './paths.ts';

/** Versions without a leading v, as in `packages/lab/images/versions.json`. */
export interface Versions {
  debian: string;
  kubernetes: string;
  etcd: string;
  coredns: string;
  'cni-plugins': string;
  'kube-router': string;
  /** Of our own small programs (pause, hello). */
  tools: string;
}

/** What the images are made of. One data file; `images/go/<component>/go.mod` and `go.sum` pin the source. */
export const versions: Versions = JSON.parse(
  readFileSync(join(SOURCES, 'versions.json'), 'utf8'),
);
