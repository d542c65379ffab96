import type { PveVmConfig } from '../../tools/proxmox/types';
import { type EnvironmentScope, gib } from './scope';

const GIB = 1024 ** 3;

/** Looks at the template that an environment's machines are cloned from. */
export async function checkTemplate(scope: EnvironmentScope): Promise<void> {
  const { environment, key, list, proxmox, vms } = scope;
  const { templateHost, templateVmid } = environment.proxmox;
  const found = vms.find(({ vmid }) => vmid === templateVmid);
  if (!found) {
    list.problem(
      `There is no template ${templateVmid}, or the token may not see it`,
      `${key}.proxmox.templateVmid: give the VMID of a template (qm list); the token needs VM.Audit on /vms/${templateVmid}`,
    );
    return;
  }
  if (!found.template) {
    list.problem(
      `${templateVmid} (${found.name}) is a machine, not a template`,
      `qm template ${templateVmid}, or correct ${key}.proxmox.templateVmid`,
    );
  }
  if (templateHost !== undefined && templateHost !== found.node) {
    list.problem(
      `The template ${templateVmid} is on the host ${found.node}, not on ${templateHost}`,
      `${key}.proxmox.templateHost: write ${found.node}`,
    );
  }
  const before = list.count('problem') + list.count('warning');
  const config = await proxmox.vmConfig(found.node, templateVmid);
  checkDisk(scope, config);
  checkSettings(scope, config);
  if (
    found.template &&
    list.count('problem') + list.count('warning') === before
  )
    list.ok(
      `The template ${templateVmid} (${found.name}, on ${found.node}) has guest agent, cloud-init drive and disk as needed`,
    );
}

function checkDisk(
  { environment, key, list }: EnvironmentScope,
  config: PveVmConfig,
): void {
  const { datastore, templateVmid } = environment.proxmox;
  const disk = config.scsi0 === undefined ? undefined : String(config.scsi0);
  if (disk === undefined) {
    list.problem(
      `The template ${templateVmid} has no disk scsi0`,
      `attach its disk there: qm set ${templateVmid} --scsi0 STORAGE:VOLUME`,
    );
    return;
  }
  const storage = disk.split(':')[0];
  if (storage !== datastore)
    list.problem(
      `The disk of the template is on the storage ${storage}, not on ${datastore}; linked clones stay where it is`,
      `${key}.proxmox.datastore: write ${storage}, or qm disk move ${templateVmid} scsi0 ${datastore}`,
    );
  const bytes = sizeOf(disk);
  const tooSmall = environment.sizes.filter(
    ({ diskGiB }) => bytes !== undefined && diskGiB * GIB < bytes,
  );
  if (tooSmall.length > 0)
    list.problem(
      `The disk of the template (${gib(
        bytes!,
      )}) is larger than what these sizes give: ${tooSmall
        .map(({ name, diskGiB }) => `${name} (${diskGiB} GiB)`)
        .join(', ')}; a disk cannot shrink`,
      'kubesmith.sizes: raise diskGiB, or make a smaller template',
    );
}

function checkSettings(
  { environment, list }: EnvironmentScope,
  config: PveVmConfig,
): void {
  const vmid = environment.proxmox.templateVmid;
  const agent = String(config.agent ?? '');
  if (!/^(1|enabled=1)(,|$)/.test(agent) && !/,enabled=1(,|$)/.test(agent))
    list.problem(
      `The guest agent is not enabled in the template ${vmid}`,
      `qm set ${vmid} --agent enabled=1, and qemu-guest-agent must be installed inside`,
    );
  const hasCloudInit = Object.entries(config).some(
    ([name, value]) =>
      /^(ide|sata|scsi)\d+$/.test(name) && /cloudinit/.test(String(value)),
  );
  if (!hasCloudInit)
    list.problem(
      `The template ${vmid} has no cloud-init drive`,
      `qm set ${vmid} --ide2 ${environment.proxmox.datastore}:cloudinit`,
    );
  if (config.scsihw !== 'virtio-scsi-single')
    list.warning(
      `The template ${vmid} has the SCSI controller ${
        config.scsihw ?? 'lsi'
      }; machines get virtio-scsi-single, and its system must have the driver`,
      `qm set ${vmid} --scsihw virtio-scsi-single`,
    );
  if (config.serial0 === undefined)
    list.warning(
      `The template ${vmid} has no serial console; cloud images wait for one, or stop at boot`,
      `qm set ${vmid} --serial0 socket --vga serial0`,
    );
}

const UNITS: Record<string, number> = {
  K: 1024,
  M: 1024 ** 2,
  G: GIB,
  T: 1024 * GIB,
};

/** Bytes of `storage:volume,size=10G`. */
function sizeOf(disk: string): number | undefined {
  const match = /(?:^|,)size=(\d+(?:\.\d+)?)([KMGT]?)(?:,|$)/.exec(disk);
  return match ? Number(match[1]) * (UNITS[match[2]] ?? 1) : undefined;
}
