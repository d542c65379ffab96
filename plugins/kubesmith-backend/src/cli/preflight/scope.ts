import type { EnvironmentConfig, ProxmoxConnection } from '../../config/types';
import type { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';
import type { PveHost, PveVm } from '../../tools/proxmox/types';
import type { Checklist } from './Checklist';

/** What the checks of one environment look at. */
export interface EnvironmentScope {
  list: Checklist;
  environment: EnvironmentConfig;
  /** Where it stands in the configuration, such as `kubesmith.environments[0]`. */
  key: string;
  proxmox: ProxmoxClient;
  connection: ProxmoxConnection;
  /** All machines that the token sees. */
  vms: PveVm[];
  hosts: PveHost[];
  /** VMIDs of the machines that the records know; undefined when the database could not be read. */
  known?: Set<number>;
}

/** The user of a token id: `user@realm` of `user@realm!name`. */
export function userOf({ tokenId }: ProxmoxConnection): string {
  return tokenId.split('!')[0];
}

const GIB = 1024 ** 3;

/** Bytes for people, in GiB. */
export function gib(bytes: number): string {
  const value = bytes / GIB;
  return `${value >= 10 ? Math.floor(value) : value.toFixed(1)} GiB`;
}
