/**
 * Imitates the QEMU guest agent's calls (qemu-server `Qemu/Agent.pm`, QEMU's `qga`): answered by the real host, and only when
 * the machine has an agent, runs, and is far enough in its boot. Left out: exec, file-write, fsfreeze, users, vCPUs.
 */
import { GuestAgentNotRunning } from '../../hosts/types.ts';
import { isRunning, vmOf, type Context } from '../context.ts';
import { failure, invalid, messageOf } from '../errors.ts';
import type { ApiCall, Router } from '../router.ts';
import { agentEnabled } from './status.ts';

const AGENT = '/nodes/{node}/qemu/{vmid}/agent';
/** Proxmox's limit of one read. */
const MAX_READ_BYTES = 16 * 1024 * 1024;

/** The calls of the guest agent. */
export function agentRoutes(router: Router, context: Context): void {
  /** The agent's answer, or the refusal that Proxmox gives in its place. */
  const ask = async <T>(
    call: ApiCall,
    question: (agent: ReturnType<Context['driver']['agent']>) => Promise<T>,
  ): Promise<T> => {
    const vm = vmOf(context, call);
    if (!agentEnabled(vm)) throw failure('No QEMU guest agent configured');
    if (!(await isRunning(context, vm))) {
      throw failure(`VM ${vm.vmid} is not running`);
    }
    try {
      if (vm.stranger) throw new GuestAgentNotRunning();
      return await question(context.driver.agent(vm.vmid));
    } catch (error) {
      if (error instanceof GuestAgentNotRunning) {
        throw failure('QEMU guest agent is not running');
      }
      throw failure(`Agent error: ${messageOf(error)}`);
    }
  };

  router.add('POST', `${AGENT}/ping`, async call => {
    await ask(call, agent => agent.ping());
    return { result: {} };
  });

  router.add('GET', `${AGENT}/network-get-interfaces`, async call => {
    const interfaces = await ask(call, agent => agent.interfaces());
    return {
      result: interfaces.map(card => ({
        name: card.name,
        'hardware-address': card.hardwareAddress,
        'ip-addresses': card.addresses.map(address => ({
          'ip-address-type': address.type,
          'ip-address': address.address,
          prefix: address.prefix,
        })),
      })),
    };
  });

  router.add('GET', `${AGENT}/get-osinfo`, async call => ({
    result: await ask(call, agent => agent.osInfo()),
  }));

  router.add('GET', `${AGENT}/get-host-name`, async call => ({
    result: { 'host-name': await ask(call, agent => agent.hostname()) },
  }));

  router.add('GET', `${AGENT}/file-read`, async call => {
    const { file } = call.params;
    if (!file) {
      throw invalid({ file: 'property is missing and it is not optional' });
    }
    const content = await ask(call, agent => agent.readFile(file));
    const offset = Number(call.params.offset ?? 0);
    const count = Math.min(
      Number(call.params.count ?? MAX_READ_BYTES),
      MAX_READ_BYTES,
    );
    const part = content.subarray(offset, offset + count);
    return {
      // Perl writes each byte as one character: a file in UTF-8 comes out as if it were Latin-1.
      content: part.toString(call.params.decode === '0' ? 'base64' : 'latin1'),
      'bytes-read': part.length,
      ...(offset + count < content.length ? { truncated: 1 } : {}),
    };
  });
}
