import { randomBytes } from 'node:crypto';
import { ConfigReader } from '@backstage/config';
import { readKubesmithConfig } from '../config/readKubesmithConfig';
import type { KubesmithConfig } from '../config/types';

const key = randomBytes(32).toString('base64');

/** The `kubesmith:` section that tests use: two environments with pools of 53 and 6 addresses. */
export function testConfigData() {
  return {
    dataDirectory: '/tmp/kubesmith-unused',
    administrators: ['group:default/administrators'],
    encryption: { keys: [{ id: 'k1', secret: key }] },
    proxmox: {
      endpoint: 'https://127.0.0.1:1',
      tokenId: 'kubesmith@pve!portal',
      tokenSecret: 'canary-proxmox-token',
    },
    tools: {
      terraformRoot: '/nowhere/terraform',
      ansibleRoot: '/nowhere/ansible',
    },
    sizes: [
      { name: 'small', title: 'Small', vcpu: 2, memoryGiB: 4, diskGiB: 20 },
      { name: 'large', vcpu: 8, memoryGiB: 16, diskGiB: 80 },
    ],
    environments: [
      {
        name: 'distributed-systems-2026',
        title: 'Distributed Systems 2026',
        owner: 'group:default/instructors',
        members: ['group:default/students'],
        pool: {
          name: 'lab',
          cidr: '10.40.19.0/24',
          first: '10.40.19.201',
          last: '10.40.19.253',
          gateway: '10.40.19.254',
          dnsServers: ['10.40.19.254'],
        },
        proxmox: {
          pool: 'kubesmith-distributed-systems-2026',
          hosts: ['pve1', 'pve2', 'pve3'],
          templateVmid: 9000,
          datastore: 'shared-ssd',
          bridge: 'vmbr0',
          vmids: { first: 20_000, last: 20_199 },
        },
        sizes: ['small'],
        kubernetesVersions: ['1.36.3', '1.35.9'],
        cni: 'kube-router',
        lease: { days: 90 },
      },
      {
        name: 'research',
        owner: 'group:default/researchers',
        pool: {
          name: 'research',
          cidr: '10.41.0.0/24',
          first: '10.41.0.10',
          last: '10.41.0.15',
          gateway: '10.41.0.1',
          dnsServers: ['10.41.0.1'],
          quarantine: { minutes: 30 },
        },
        proxmox: {
          pool: 'kubesmith-research',
          hosts: ['pve1'],
          templateVmid: 9000,
          datastore: 'shared-ssd',
          bridge: 'vmbr0',
          vmids: { first: 30_000, last: 30_099 },
        },
        sizes: ['small', 'large'],
        kubernetesVersions: ['1.36.3'],
        cni: 'kube-router',
        maxWorkers: 9,
      },
    ],
  };
}

/** The same, read. */
export function testConfig(): KubesmithConfig {
  return readKubesmithConfig(new ConfigReader({ kubesmith: testConfigData() }));
}
