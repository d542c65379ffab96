import type { AskerName } from './askers';

/** What somebody is to a cluster. */
export type Standing =
  /** Administers the portal. */
  | 'admin'
  /** Owns it, and runs its environment. */
  | 'ownerLead'
  /** Owns it, or is in the group that does. */
  | 'owner'
  /** Runs its environment. */
  | 'lead'
  /** May look at every cluster. */
  | 'viewer'
  /** Has it shared, as a viewer. */
  | 'shared'
  /** A stranger to it. */
  | 'nothing'
  | 'service'
  | 'nobody';

/** The clusters of the matrix. Environments: the course's and 'research'. */
export const clusterNames = [
  /** Student 1's, in the course. */
  'zebraown',
  /** The students' group's, in the course. */
  'zebragroup',
  /** The instructors', in the same environment. */
  'zebraneighbour',
  /** The researcher's, in the other environment. */
  'zebraelsewhere',
  /** The researcher's too, shared with student 1 as a viewer. */
  'zebrashared',
  /** Of somebody who left, in an environment that is gone with its group. */
  'zebranobodys',
] as const;

/** Name of a cluster of the matrix. */
export type ClusterName = (typeof clusterNames)[number];

type Row = [Standing, Standing, Standing, Standing, Standing, Standing];

const all = (standing: Standing): Row => Array(6).fill(standing) as Row;

/** By hand: who is what to which cluster, in the order of {@link clusterNames}. */
// prettier-ignore
const table: Record<AskerName, Row> = {
  //            own        group      neighbour    elsewhere    shared       nobody's
  admin:        all('admin'),
  instructor: ['lead',    'lead',    'ownerLead', 'nothing',   'nothing',   'nothing'],
  student1:   ['owner',   'owner',   'nothing',   'nothing',   'shared',    'nothing'],
  student2:   ['nothing', 'owner',   'nothing',   'nothing',   'nothing',   'nothing'],
  researcher: ['nothing', 'nothing', 'nothing',   'ownerLead', 'ownerLead', 'nothing'],
  viewer:       all('viewer'),
  stranger:     all('nothing'),
  service:      all('service'),
  nobody:       all('nobody'),
};

/** What somebody is to a cluster. */
export function standingOf(asker: AskerName, cluster: ClusterName): Standing {
  return table[asker][clusterNames.indexOf(cluster)];
}

/** The clusters that somebody sees. */
export function seenBy(asker: AskerName): ClusterName[] {
  return clusterNames.filter(
    cluster => !['nothing', 'nobody'].includes(standingOf(asker, cluster)),
  );
}
