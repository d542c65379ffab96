import type { RunExit } from '../process/SupervisedRun';
import { diagnoseTerraform } from './diagnose';
import { nodeAddress, parseTerraformLine, type TerraformEvent } from './events';

type Diagnostic = Extract<TerraformEvent, { type: 'diagnostic' }>;

const resource = {
  addr: 'proxmox_virtual_environment_vm.node["demo-cp-1"]',
  resource_type: 'proxmox_virtual_environment_vm',
  resource_name: 'node',
  resource_key: 'demo-cp-1',
};

describe('parseTerraformLine', () => {
  const parse = (message: unknown) =>
    parseTerraformLine(JSON.stringify(message));

  it('should follow a machine', () => {
    expect(
      parse({ type: 'apply_start', hook: { resource, action: 'create' } }),
    ).toEqual({
      type: 'start',
      node: 'demo-cp-1',
      action: 'create',
      seconds: 0,
    });
    expect(
      parse({
        type: 'apply_complete',
        hook: {
          resource,
          action: 'create',
          id_value: '20000',
          elapsed_seconds: 17,
        },
      }),
    ).toEqual({
      type: 'complete',
      node: 'demo-cp-1',
      action: 'create',
      seconds: 17,
    });
    expect(
      parse({
        type: 'apply_errored',
        hook: { resource, action: 'create', elapsed_seconds: 3 },
      }),
    ).toMatchObject({
      type: 'errored',
    });
  });

  it('should join an error to its machine by the address', () => {
    expect(
      parse({
        type: 'diagnostic',
        '@level': 'error',
        diagnostic: {
          severity: 'error',
          summary: 'VM clone',
          detail: 'All attempts fail:\n#1: x',
          address: resource.addr,
        },
      }),
    ).toEqual({
      type: 'diagnostic',
      severity: 'error',
      summary: 'VM clone',
      detail: 'All attempts fail:\n#1: x',
      node: 'demo-cp-1',
    });
  });

  it('should tell the plan from the result', () => {
    const changes = { add: 3, change: 0, remove: 0, import: 1 };
    expect(
      parse({
        type: 'change_summary',
        changes: { ...changes, operation: 'plan' },
      }),
    ).toEqual({
      type: 'summary',
      ...changes,
    });
    expect(
      parse({
        type: 'change_summary',
        changes: { ...changes, operation: 'apply' },
      }),
    ).toBeUndefined();
  });

  it.each([
    'panic: runtime error',
    '',
    '{"type":"apply_start"',
    'null',
    '{"type":"outputs","outputs":{}}',
    '{"type":"apply_start","hook":{"resource":{"addr":"data.proxmox_version.this","resource_type":"proxmox_version"},"action":"read"}}',
    '{"type":"apply_start","hook":7}',
  ])('should have no use for %p', line => {
    expect(parseTerraformLine(line)).toBeUndefined();
  });
});

describe('diagnoseTerraform', () => {
  const exit = (overrides: Partial<RunExit> = {}): RunExit => ({
    code: 1,
    signal: null,
    error: null,
    interrupted: null,
    killed: false,
    lost: false,
    ...overrides,
  });
  const error = (
    detail: string,
    overrides: Partial<Diagnostic> = {},
  ): Diagnostic => ({
    type: 'diagnostic',
    severity: 'error',
    summary: 'VM clone',
    detail,
    node: 'demo-cp-1',
    ...overrides,
  });

  // The words are those that the provider 0.111.1 and Terraform 1.11 wrote.
  it.each([
    [
      'All attempts fail:\n#1: error cloning VM: received an HTTP 500 response - Reason: internal',
      'KUBESMITH-PVE-TASK-FAILED',
      'transient',
    ],
    [
      'received an HTTP 401 response - Reason: No ticket',
      'KUBESMITH-PVE-CREDENTIALS',
      'permanent',
    ],
    [
      'received an HTTP 403 response - Reason: Permission check failed (/vms/9000, VM.Clone)',
      'KUBESMITH-PVE-PERMISSION',
      'permanent',
    ],
    [
      'received an HTTP 596 response - Reason: Connection timed out',
      'KUBESMITH-PVE-OUTCOME-UNKNOWN',
      'ambiguous',
    ],
    [
      'Post "https://pve:8006/api2/json/nodes/pve1/qemu/9000/clone": EOF',
      'KUBESMITH-PVE-OUTCOME-UNKNOWN',
      'ambiguous',
    ],
    // The three ways in which Terraform (internal/plugin6/grpc_error.go) tells that its provider died.
    [
      'Plugin did not respond: The plugin encountered an error, and failed to respond to the plugin6.(*GRPCProvider).ApplyResourceChange call.',
      'KUBESMITH-PVE-OUTCOME-UNKNOWN',
      'ambiguous',
    ],
    [
      'Request cancelled: The plugin6.(*GRPCProvider).ApplyResourceChange request was cancelled.',
      'KUBESMITH-PVE-OUTCOME-UNKNOWN',
      'ambiguous',
    ],
    [
      'Plugin error: The plugin returned an unexpected error from plugin6.(*GRPCProvider).ApplyResourceChange: rpc error: code = Unknown',
      'KUBESMITH-PVE-OUTCOME-UNKNOWN',
      'ambiguous',
    ],
    [
      'timeout while waiting for task "UPID:pve1:…" to complete',
      'KUBESMITH-PVE-OUTCOME-UNKNOWN',
      'ambiguous',
    ],
    [
      'the requested resource already exists: unable to create VM 102: config file already exists',
      'KUBESMITH-PVE-OUTCOME-UNKNOWN',
      'ambiguous',
    ],
    [
      "received an HTTP 500 response - Reason: can't lock file '/var/lock/qemu-server/lock-9000.conf' - got timeout",
      'KUBESMITH-PVE-LOCK',
      'contention',
    ],
    ['VM is locked (backup)', 'KUBESMITH-PVE-LOCK', 'contention'],
    [
      'task "UPID:…" failed to complete with exit code: out of space',
      'KUBESMITH-PVE-SPACE',
      'permanent',
    ],
    [
      'task "UPID:…" failed to complete with exit code: start failed: QEMU exited with code 1',
      'KUBESMITH-PVE-TASK-FAILED',
      'transient',
    ],
    [
      "received an HTTP 400 response - Reason: Parameter verification failed. (storage: storage 'x' does not exist)",
      'KUBESMITH-PVE-REFUSED',
      'permanent',
    ],
    [
      'error while waiting for task "UPID:…" to complete: error retrieving task status: received an HTTP 500 response - Reason: internal error',
      'KUBESMITH-PVE-OUTCOME-UNKNOWN',
      'ambiguous',
    ],
    [
      'Failed to save state: write /data/terraform.tfstate: no space left on device',
      'KUBESMITH-DISK-FULL',
      'transient',
    ],
    [
      'task "UPID:…" failed to complete with exit code: unable to create image: rbd error: (28) No space left on device',
      'KUBESMITH-PVE-SPACE',
      'permanent',
    ],
    [
      'task "UPID:…" failed to complete with exit code: lvcreate error: Cannot create new thin volume, free space in thin pool pve/data reached threshold.',
      'KUBESMITH-PVE-SPACE',
      'permanent',
    ],
    [
      "received an HTTP 500 response - Reason: Configuration file 'nodes/pve1/qemu-server/9000.conf' does not exist",
      'KUBESMITH-PVE-REFUSED',
      'permanent',
    ],
    ['something new', 'KUBESMITH-TERRAFORM-FAILED', 'unknown'],
  ])('should class %p', (detail, code, failureClass) => {
    expect(
      diagnoseTerraform(exit(), [error(detail)], [])?.failure,
    ).toMatchObject({ code, class: failureClass });
  });

  it('should name the machine and the reason, not the attempts', () => {
    const failure = diagnoseTerraform(
      exit(),
      [error('All attempts fail:\n#1: error cloning VM: HTTP 500')],
      [],
    )?.failure;
    expect(failure?.message).toBe(
      'A task of Proxmox failed: demo-cp-1: VM clone: error cloning VM: HTTP 500',
    );
  });

  it('should find the reason in a summary of several lines too', () => {
    const failure = diagnoseTerraform(
      exit(),
      [
        error('', {
          summary:
            'All attempts fail:\n#1: received an HTTP 500 response\n#2: received an HTTP 500 response',
        }),
      ],
      [],
    )?.failure;
    expect(failure?.message).toBe(
      'A task of Proxmox failed: demo-cp-1: received an HTTP 500 response',
    );
  });

  it('should let the failure count that needs a person first', () => {
    const errors = [
      error('VM is locked (clone)'),
      error('HTTP 403'),
      error('HTTP 596'),
    ];
    expect(diagnoseTerraform(exit(), errors, [])?.failure.code).toBe(
      'KUBESMITH-PVE-PERMISSION',
    );
  });

  it('should know that a lock of the state is somebody at work', () => {
    const lock = error('resource temporarily unavailable', {
      summary: 'Error acquiring the state lock',
      node: undefined,
    });
    expect(diagnoseTerraform(exit(), [lock], [])?.failure).toMatchObject({
      code: 'KUBESMITH-TERRAFORM-LOCKED',
      class: 'contention',
    });
  });

  it('should not take a warning or its own interruption for the reason', () => {
    const warning = error('HTTP 403', { severity: 'warning' });
    const halted = error('', { summary: 'execution halted' });
    expect(
      diagnoseTerraform(exit(), [warning, halted], ['boom'])?.failure.message,
    ).toBe('Terraform failed: boom');
  });

  it('should say that it does not know when the run was killed or lost', () => {
    for (const how of [
      { lost: true, code: null },
      { killed: true },
      { signal: 'SIGKILL', code: null },
    ]) {
      expect(diagnoseTerraform(exit(how), [], [])?.failure).toMatchObject({
        code: 'KUBESMITH-TOOL-KILLED',
        class: 'ambiguous',
      });
    }
    expect(
      diagnoseTerraform(exit({ error: 'ENOENT', code: null }), [], [])?.failure
        .code,
    ).toBe('KUBESMITH-TOOL-MISSING');
    expect(diagnoseTerraform(exit({ code: 0 }), [], [])).toBeUndefined();
  });
});

it('should address a node as the module does', () => {
  expect(nodeAddress('demo-w-1')).toBe(
    'proxmox_virtual_environment_vm.node["demo-w-1"]',
  );
});
