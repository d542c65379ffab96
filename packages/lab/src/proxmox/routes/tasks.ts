/** Imitates the task calls (pve-manager `Tasks.pm`, `Cluster.pm`). Left out: filters other than VMID, type and running. */
import type { Context } from '../context.ts';
import { failure } from '../errors.ts';
import type { ApiCall, Router } from '../router.ts';
import type { TaskRecord } from '../state.ts';

const TASK = '/nodes/{node}/tasks/{upid}';

/** The calls about tasks. */
export function taskRoutes(router: Router, context: Context): void {
  const { access, config, tasks } = context;

  /** A token sees its own tasks, a user those of his tokens too. */
  const owns = (user: string, task: TaskRecord) =>
    user === task.user ||
    (task.tokenid !== undefined && user === `${task.user}!${task.tokenid}`);

  const taskOf = ({ params, user }: ApiCall, otherwise: string) => {
    const task = tasks.get(params.upid!);
    if (!task) throw failure(`no such task`);
    if (!owns(user, task)) {
      access.require(user, `/nodes/${params.node}`, otherwise);
    }
    return task;
  };

  /** In lists `status` is the result, and absent while the task runs. */
  const listed = ({ log, status, exitstatus, ...task }: TaskRecord) =>
    status === 'stopped' ? { ...task, status: exitstatus } : task;

  router.add('GET', '/cluster/tasks', ({ user }) =>
    tasks
      .list()
      .filter(task => owns(user, task) || access.has(user, '/', 'Sys.Audit'))
      .slice(0, 100)
      .map(listed),
  );

  router.add('GET', '/nodes/{node}/tasks', ({ user, params }) =>
    tasks
      .list()
      .filter(task => task.node === params.node)
      .filter(
        task =>
          owns(user, task) ||
          access.has(user, `/nodes/${params.node}`, 'Sys.Audit'),
      )
      .filter(task => !params.vmid || task.id === params.vmid)
      .filter(task => !params.typefilter || task.type === params.typefilter)
      .filter(task => params.source === 'all' || task.status === 'stopped')
      .slice(Number(params.start ?? 0), Number(params.start ?? 0) + 50)
      .map(listed),
  );

  router.add('GET', `${TASK}/status`, async call => {
    const task = taskOf(call, 'Sys.Audit');
    await tasks.settled(task.upid, config.holdTaskStatusMs ?? 0);
    const { log, endtime, ...status } = task;
    return status;
  });

  router.add('GET', `${TASK}/log`, call => {
    const { log } = taskOf(call, 'Sys.Audit');
    const start = Number(call.params.start ?? 0);
    const limit = Number(call.params.limit ?? 50);
    return log
      .map((line, index) => ({ n: index + 1, t: line }))
      .slice(start, start + limit);
  });

  router.add('DELETE', TASK, call => {
    tasks.interrupt(taskOf(call, 'Sys.Modify').upid);
  });
}
