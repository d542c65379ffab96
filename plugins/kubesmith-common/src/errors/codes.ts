import type { FieldProblem } from '../api/types';

/** What an error code says to people: `{name}` is filled in from the values given. */
type ErrorText = { message: string; remedy: string };

/**
 * Every code that the API answers by itself, with what it says and what to do. Codes are stable: tools and guides refer to
 * them. Failures of an operation's steps have codes of their own, which come with the failure.
 * @public
 */
export const kubesmithErrors = {
  'KUBESMITH-NAME-INVALID': {
    message: "'{name}' cannot be the name of a cluster.",
    remedy:
      'Use 1 to 40 lower-case letters, digits and hyphens; begin with a letter and do not end with a hyphen.',
  },
  'KUBESMITH-NAME-TOO-LONG': {
    message: "'{name}' is too long for the environment '{environment}'.",
    remedy: 'Use at most {max} characters.',
  },
  'KUBESMITH-NAME-TAKEN': {
    message:
      "There already is a cluster '{name}' in the environment '{environment}'.",
    remedy: 'Choose another name, or delete that cluster first.',
  },
  'KUBESMITH-ENVIRONMENT-UNKNOWN': {
    message: "There is no environment '{environment}' that you may order in.",
    remedy: 'Choose one of: {choices}.',
  },
  'KUBESMITH-OWNER-INVALID': {
    message: "'{owner}' is not a reference to a user or a group.",
    remedy: 'Write user:NAMESPACE/NAME or group:NAMESPACE/NAME.',
  },
  'KUBESMITH-OWNER-NOT-YOURS': {
    message: "You do not belong to '{owner}'.",
    remedy: 'Choose yourself or a group that you belong to: {choices}.',
  },
  'KUBESMITH-ORDER-NOT-ALLOWED': {
    message:
      "You may not order machines of the size '{size}' with Kubernetes '{version}' for '{owner}' in the environment '{environment}'.",
    remedy: 'Choose another size, version or owner.',
  },
  'KUBESMITH-ENVIRONMENT-GONE': {
    message: "The cluster's environment '{environment}' is not there any more.",
    remedy:
      'An administrator puts it back, or moves the cluster to another environment.',
  },
  'KUBESMITH-SIZE-GONE': {
    message:
      "The environment '{environment}' does not offer the cluster's size '{size}' any more.",
    remedy: 'Resize the cluster first, to one of: {choices}.',
  },
  'KUBESMITH-SIZE-UNKNOWN': {
    message: "There is no size '{size}' in the environment '{environment}'.",
    remedy: 'Choose one of: {choices}.',
  },
  'KUBESMITH-VERSION-UNKNOWN': {
    message:
      "Kubernetes '{version}' is not offered in the environment '{environment}'.",
    remedy: 'Choose one of: {choices}.',
  },
  'KUBESMITH-WORKERS-INVALID': {
    message: "'{workers}' is not a possible number of workers.",
    remedy: 'Give a whole number from 0 to {max}.',
  },
  'KUBESMITH-REASON-INVALID': {
    message: 'The reason is too long or contains control characters.',
    remedy: 'Write at most {max} characters on one line.',
  },
  'KUBESMITH-AUDIT-TOO-MUCH': {
    message: 'These are {count} entries; a file has at most {most}.',
    remedy: 'Narrow the time, or choose an action or a person.',
  },
  'KUBESMITH-LEASE-PAST': {
    message: "'{until}' is over already; now it is {now}.",
    remedy: 'Choose a later time.',
  },
  'KUBESMITH-LEASE-NOT-LONGER': {
    message: "The cluster '{name}' already lasts until {expiresAt}.",
    remedy: 'Choose a later time. To end it sooner, delete it.',
  },
  'KUBESMITH-LEASE-TOO-LONG': {
    message:
      "The cluster '{name}' may last {days} days from now at most: so its environment '{environment}' or a quota says.",
    remedy: 'Choose a time until {latest}.',
  },
  'KUBESMITH-LEASE-UNKNOWN': {
    message:
      "The environment '{environment}' is not configured any more: nobody knows how long its clusters may last.",
    remedy: 'Tell the department. Until then the cluster is not deleted.',
  },
  'KUBESMITH-CLUSTER-ENDING': {
    message: "The cluster '{name}' is deleted, or is being deleted.",
    remedy: 'It cannot be brought back. Order another one.',
  },
  'KUBESMITH-QUOTA-EXCEEDED': {
    message:
      'The quota of {quota} has {left} of {limit} {unit} left; the order needs {needed}.',
    remedy:
      'Order less, delete a cluster that is no longer needed, or ask {contact} for more.',
  },
  'KUBESMITH-REQUEST-OVER': {
    message: 'The order does not wait any more: it is {status}.',
    remedy:
      'Look at it again; an order that is still needed can be placed anew.',
  },
  'KUBESMITH-REQUEST-NOT-POSSIBLE': {
    message: 'The order is not possible any more for who placed it: {problems}',
    remedy: 'It goes on to wait. Approve it again later, or refuse it.',
  },
  'KUBESMITH-REQUESTS-TOO-MANY': {
    message: 'You already have {most} orders that wait for an approval.',
    remedy: 'Take one back, or wait until somebody has decided.',
  },
  'KUBESMITH-QUOTA-SUBJECT': {
    message: "A quota of the scope '{scope}' {detail}.",
    remedy:
      'Name a group for group and each-member, a user for person, and nobody for environment and each-person.',
  },
  'KUBESMITH-ENVIRONMENT-NOT-MANAGED': {
    message:
      "There is no environment '{environment}' whose quotas you may change.",
    remedy: 'Choose one of: {choices}.',
  },
  'KUBESMITH-CLUSTER-BUSY': {
    message: "Another operation of the cluster '{name}' goes on: {operation}.",
    remedy: 'Wait until it is over, or cancel it, and try again.',
  },
  'KUBESMITH-PHASE-WRONG': {
    message:
      "'{title}' is not possible: the cluster '{name}' is in the phase '{phase}'.",
    remedy: 'It is possible in: {phases}.',
  },
  'KUBESMITH-PLAN-CHANGED': {
    message:
      "The cluster '{name}' changed since you looked: the operation would now do something else than you agreed to.",
    remedy: 'Look at the plan again.',
  },
  'KUBESMITH-REQUEST-ID-USED': {
    message: 'This request id stands for an operation of another cluster.',
    remedy: 'Use a new one for each wish.',
  },
  'KUBESMITH-BACKUP-UNKNOWN': {
    message: "There is no such backup of the cluster '{name}'.",
    remedy: "Choose one of those that the cluster's page lists.",
  },
  'KUBESMITH-BACKUP-DOES-NOT-FIT': {
    message:
      "The backup cannot be restored on the cluster '{name}': {obstacle}.",
    remedy: 'Choose another backup.',
  },
  'KUBESMITH-NEVER-READY': {
    message: "The cluster '{name}' has never been ready.",
    remedy: 'Retry its creation, or delete it and order it again.',
  },
  'KUBESMITH-SCALE-WORKERS-INVALID': {
    message: "'{workers}' is not a possible number of workers to scale to.",
    remedy: 'Give a whole number from 1 to {max}.',
  },
  'KUBESMITH-SCALE-NOTHING': {
    message: "The cluster '{name}' has {workers} workers already.",
    remedy: 'Give another number, or name workers to replace.',
  },
  'KUBESMITH-RESIZE-NOTHING': {
    message: "These nodes of the cluster '{name}' are '{size}' already.",
    remedy: 'Choose another size, or other nodes.',
  },
  'KUBESMITH-UPGRADE-NOTHING': {
    message:
      "All nodes of the cluster '{name}' have Kubernetes {version} already.",
    remedy: 'Nothing is to be done; a newer version would be: {choices}.',
  },
  'KUBESMITH-UPGRADE-BACKWARDS': {
    message:
      "The cluster '{name}' has Kubernetes {now}, and {version} is older: there is no way back.",
    remedy: 'Choose a newer version: {choices}.',
  },
  'KUBESMITH-UPGRADE-TOO-FAR': {
    message:
      "The cluster '{name}' has Kubernetes {now}; {version} is more than one minor version away.",
    remedy: 'Upgrade one minor version after the other, first to: {choices}.',
  },
  'KUBESMITH-UPGRADE-UNFINISHED': {
    message:
      "An upgrade of the cluster '{name}' to {now} was not finished: {nodes}.",
    remedy: 'Upgrade to {now} first.',
  },
  'KUBESMITH-UPGRADE-UNHEALTHY': {
    message: "The cluster '{name}' is not well enough for an upgrade: {detail}",
    remedy: 'Repair the cluster, then upgrade it.',
  },
  'KUBESMITH-UPGRADE-CERTIFICATE': {
    message:
      "The certificate of the Kubernetes API of '{name}' ends on {endsAt}.",
    remedy: 'Renew the certificates, then upgrade.',
  },
  'KUBESMITH-NODE-UNFINISHED': {
    message: "'{node}' is half made, half removed or half resized.",
    remedy: 'Finish that first: retry what failed, or begin it anew.',
  },
  'KUBESMITH-WORKER-UNKNOWN': {
    message: "The cluster has no such node: '{node}'.",
    remedy: 'Choose among: {choices}.',
  },
  'KUBESMITH-NODE-NOT-REMOVABLE': {
    message: "'{node}' is the control plane and cannot be removed.",
    remedy: 'Choose workers, or delete the cluster.',
  },
  'KUBESMITH-GROWTH-NEEDS-APPROVAL': {
    message: "A cluster that large needs an approval in '{environment}': {why}",
    remedy:
      'Stay below it, order another cluster (that order waits for an approver), or ask who runs the environment to raise the limit.',
  },
  'KUBESMITH-SNAPSHOTS-TOO-MANY': {
    message: "The cluster '{name}' has {max} snapshots, as many as it may.",
    remedy: 'Remove one that you need no more.',
  },
  'KUBESMITH-SNAPSHOT-UNKNOWN': {
    message: "The cluster '{name}' has no such snapshot.",
    remedy: "Choose one on the cluster's page.",
  },
  'KUBESMITH-SNAPSHOT-NOT-WHOLE': {
    message: "The snapshot '{label}' is not whole.",
    remedy: 'Wait until it is taken, or remove it and choose another one.',
  },
  'KUBESMITH-SNAPSHOT-DIFFERS': {
    message:
      "The cluster cannot go back to '{label}': its nodes are others now ({detail}).",
    remedy: 'Choose a snapshot that was taken later.',
  },
  'KUBESMITH-OWNER-ALREADY': {
    message: "The cluster '{name}' belongs to {owner} already.",
    remedy: 'Choose another person or group.',
  },
  'KUBESMITH-POOL-EXHAUSTED': {
    message:
      "The address pool '{pool}' has {free} free addresses; the order needs {needed}.",
    remedy:
      'Order fewer workers, delete a cluster that is no longer needed, or ask the department for a larger pool.',
  },
  'KUBESMITH-VMIDS-EXHAUSTED': {
    message:
      "The environment '{environment}' has {free} free machine ids; the order needs {needed}.",
    remedy:
      'Delete a cluster that is no longer needed, or ask the department for a larger range of machine ids.',
  },
  'KUBESMITH-SIZE-NEVER-FITS': {
    message:
      "A machine of the size '{size}' is larger than each host of the environment '{environment}', even when nothing else is there.",
    remedy:
      'Choose a smaller size, or ask the department where larger machines may be made.',
  },
  'KUBESMITH-WORKERS-NEVER-FIT': {
    message:
      "A cluster with {workers} workers of the size '{size}' is larger than all hosts of the environment '{environment}' together, even when nothing else is there.",
    remedy:
      'Order at most {max} workers, choose a smaller size, or ask the department where larger clusters may be made.',
  },
  'KUBESMITH-FIELD-MISSING': {
    message: "'{field}' is missing.",
    remedy: 'Fill it in.',
  },
  'KUBESMITH-FIELD-INVALID': {
    message: "'{field}' {detail}.",
    remedy: 'Correct it as the API document says.',
  },
  'KUBESMITH-FIELD-UNKNOWN': {
    message: "There is no field '{field}'.",
    remedy: 'Leave it out, or correct its name.',
  },
  'KUBESMITH-TASK-NOT-YOURS': {
    message: 'Only the scaffolder may name the task that drives an operation.',
    remedy: 'Leave taskId out; the operation then runs by itself.',
  },
  'KUBESMITH-REQUEST-INVALID': {
    message: 'The request has mistakes: {problems}',
    remedy: 'Correct the fields that are named.',
  },
  'KUBESMITH-NOT-FOUND': {
    message: "There is no {kind} '{id}' that you may see.",
    remedy: 'Check the id, or ask its owner.',
  },
  'KUBESMITH-NOT-ALLOWED': {
    message: 'You may not {verb}.',
    remedy: 'Ask the owner of the cluster or the department.',
  },
  'KUBESMITH-TOKEN-INVALID': {
    message: 'This access token is not valid.',
    remedy: 'Check that it was copied whole, or make a new one.',
  },
  'KUBESMITH-TOKEN-EXPIRED': {
    message: 'This access token has expired.',
    remedy: 'Make a new one in the portal, under Access tokens.',
  },
  'KUBESMITH-TOKEN-REVOKED': {
    message: 'This access token was revoked.',
    remedy: 'Make a new one in the portal, under Access tokens.',
  },
  'KUBESMITH-TOKEN-PERSON-GONE': {
    message: 'Whoever made this access token is not known any more.',
    remedy: 'Use a token of somebody who is.',
  },
  'KUBESMITH-TOKEN-IN-PERSON': {
    message: 'This cannot be done with an access token.',
    remedy: 'Sign in to the portal and do it there.',
  },
  'KUBESMITH-TOKEN-READ-ONLY': {
    message: 'This access token is for reading only.',
    remedy: "Make a token with the scope 'operate'.",
  },
  'KUBESMITH-TOKEN-LIMITED': {
    message: 'This access token is for one environment only.',
    remedy: 'This is about all of them: use a token without that limit.',
  },
  'KUBESMITH-TOKEN-TOO-LONG': {
    message: 'An access token lasts at most {max} days here.',
    remedy: 'Choose fewer days, and make a new one when it ends.',
  },
  'KUBESMITH-TOKEN-TOO-MANY': {
    message: 'You have {most} access tokens already.',
    remedy: 'Revoke those that you do not need any more.',
  },
  'KUBESMITH-TOKEN-ENVIRONMENT': {
    message: "There is no environment '{environment}'.",
    remedy: 'Correct its name, or leave it out for all environments.',
  },
  'KUBESMITH-POLICY-ENGINE-OTHER': {
    message: 'This is not available with this policy engine.',
    remedy:
      'It needs Kubesmith’s own policy module; ask the administrators of the portal.',
  },
  'KUBESMITH-POLICY-AWAY': {
    message: 'The policies of the portal cannot be asked now.',
    remedy: 'Try again in a minute. If it stays so, tell the department.',
  },
  'KUBESMITH-STEP-UNKNOWN': {
    message: "The operation has no step '{step}'.",
    remedy: 'Use one of: {choices}.',
  },
  'KUBESMITH-OPERATION-OVER': {
    message: 'The operation is over: {status}.',
    remedy: 'Nothing needs to be done.',
  },
  'KUBESMITH-OPERATION-NOT-RETRYABLE': {
    message: 'The operation cannot go on: {detail}.',
    remedy:
      'Only the last operation of a cluster can go on, and only when it failed, was cancelled or waits to try again.',
  },
  'KUBESMITH-SCHEDULE-NONE': {
    message: 'The cluster has no timetable.',
    remedy: 'Set one first.',
  },
  'KUBESMITH-CRON-INVALID': {
    message: "'{pattern}' is no time that can be used: {detail}.",
    remedy: "Write it like '0 20 * * 1-5', from Monday to Friday at 20:00.",
  },
  'KUBESMITH-CALENDAR-INVALID': {
    message: 'The calendar cannot be a timetable: {detail}.',
    remedy:
      'Export it again as an iCalendar file (.ics), with the events in which the cluster is needed.',
  },
  'KUBESMITH-TIME-ZONE-UNKNOWN': {
    message: "There is no time zone '{timeZone}'.",
    remedy: "Write it like 'Europe/Berlin'.",
  },
  'KUBESMITH-LEASE-OVER': {
    message: "The time of the cluster '{name}' is over.",
    remedy: 'Extend it on its page: then it wakes by itself.',
  },
  'KUBESMITH-CLUSTER-ASLEEP': {
    message: "The cluster '{name}' sleeps: its machines are switched off.",
    remedy: 'Wake it up on its page first.',
  },
  'KUBESMITH-CLUSTER-NOT-READY': {
    message: "The cluster '{name}' is not ready: its phase is {phase}.",
    remedy: 'Wait until it is ready.',
  },
  'KUBESMITH-CLUSTER-UNREACHABLE': {
    message: "The cluster '{name}' did not answer: {detail}",
    remedy:
      'Try again in a minute. If it stays so, look at its nodes or ask the department.',
  },
  'KUBESMITH-HOSTKEY-MISMATCH': {
    message: 'The cluster was not asked: {detail}',
    remedy:
      'Tell the department: somebody else may be answering on this address.',
  },
  'KUBESMITH-REVOCATION-PENDING': {
    message: "The kubeconfig still works in the cluster '{name}': {detail}",
    remedy:
      'The revocation is noted and goes on by itself until it is done. Only deleting the cluster ends it sooner.',
  },
  'KUBESMITH-SUBJECT-INVALID': {
    message: "'{subject}' is not a reference to a person or a group.",
    remedy: 'Write user:NAMESPACE/NAME or group:NAMESPACE/NAME.',
  },
  'KUBESMITH-SUBJECT-UNKNOWN': {
    message: "The catalog knows no {kind} '{subject}'.",
    remedy:
      'Correct the name, choose somebody from the list, or wait until the catalog has them.',
  },
  'KUBESMITH-SUBJECT-IS-OWNER': {
    message: "The cluster belongs to '{subject}' already.",
    remedy: 'Choose somebody else.',
  },
  'KUBESMITH-NAMESPACES-EMPTY': {
    message: 'The list of namespaces is empty.',
    remedy: 'Name at least one, or leave the list out for the whole cluster.',
  },
  'KUBESMITH-NAMESPACE-INVALID': {
    message: "'{namespace}' cannot be the name of a namespace.",
    remedy: 'Use 1 to 63 lower-case letters, digits and hyphens.',
  },
  'KUBESMITH-NAMESPACE-RESERVED': {
    message: "The namespace '{namespace}' belongs to the system.",
    remedy:
      'Choose another one. Whoever may change things in it is administrator of the whole cluster: share that instead.',
  },
  'KUBESMITH-NAMESPACE-MISSING': {
    message: "The cluster '{name}' has no namespace '{namespace}'.",
    remedy:
      'Have it made (kubectl create namespace {namespace}), or choose another one.',
  },
  'KUBESMITH-UNTIL-INVALID': {
    message: "'{until}' is over already, or more than {days} days away.",
    remedy: 'Choose a time within the next {days} days.',
  },
  'KUBESMITH-HOURS-TOO-MANY': {
    message: 'A kubeconfig lasts at most {max} hours here, not {hours}.',
    remedy: 'Ask for {max} hours or less; you can have a new one at any time.',
  },
  'KUBESMITH-SHARE-EXISTS': {
    message: "This is shared with '{subject}' already.",
    remedy: 'End that share first, then share anew.',
  },
  'KUBESMITH-SHARES-TOO-MANY': {
    message: 'The cluster is shared {max} times already.',
    remedy: 'Share with a group, or end shares that are no longer needed.',
  },
  'KUBESMITH-CATALOG-AWAY': {
    message: 'The catalog of people and groups does not answer.',
    remedy: 'Try again in a minute. If it stays so, tell the department.',
  },
  'KUBESMITH-HYPERVISOR-UNREACHABLE': {
    message: 'The hypervisor did not answer.',
    remedy: 'Try again in a minute. If it stays so, ask the department.',
  },
  'KUBESMITH-ENVIRONMENT-INVALID': {
    message: "'{field}' is not possible.",
    remedy: '{remedy}',
  },
  'KUBESMITH-ENVIRONMENT-EXISTS': {
    message: "There already is an environment '{environment}'.",
    remedy: 'Choose another name.',
  },
  'KUBESMITH-ENVIRONMENT-CHANGED': {
    message:
      "The environment '{environment}' was changed by {by} since you read it.",
    remedy: 'Load it again and make your change once more.',
  },
  'KUBESMITH-ENVIRONMENT-CONFIGURED': {
    message: "The environment '{environment}' is in the app-config.",
    remedy:
      'An administrator changes it there, under kubesmith.environments, and restarts the portal.',
  },
  'KUBESMITH-ENVIRONMENT-IN-USE': {
    message: "The environment '{environment}' has {clusters} clusters.",
    remedy: 'Delete or move them first.',
  },
  'KUBESMITH-ENVIRONMENT-BUSY': {
    message:
      "{operations} operations still go on in the environment '{environment}'.",
    remedy: 'Wait until they are over.',
  },
  'KUBESMITH-ENVIRONMENT-FIXED': {
    message:
      "'{field}' cannot change while the environment has clusters ({clusters}): their machines stand on it.",
    remedy:
      'Keep it, or make another environment and move or delete the clusters.',
  },
  'KUBESMITH-POOL-OVERLAP': {
    message:
      "These addresses overlap those of the pool '{pool}' (environment '{environment}').",
    remedy: 'Choose another first and last address, or use that pool.',
  },
  'KUBESMITH-POOL-DIFFERS': {
    message:
      "The environment '{environment}' has a pool '{pool}' with other values.",
    remedy: 'Give this one the same values, to share it, or another name.',
  },
  'KUBESMITH-POOL-CONFIGURED': {
    message:
      "The pool '{pool}' is shared with the environment '{environment}', which is in the app-config.",
    remedy: 'An administrator changes the pool there.',
  },
  'KUBESMITH-POOL-FIXED': {
    message:
      "'{field}' cannot change while clusters have addresses of the pool ({count}).",
    remedy: 'Keep it, or use another pool in a new environment.',
  },
  'KUBESMITH-POOL-ADDRESSES-IN-USE': {
    message: '{count} addresses in use would be lost, such as {address}.',
    remedy: 'Leave them in the range, or delete the clusters first.',
  },
  'KUBESMITH-VMIDS-IN-USE': {
    message:
      '{count} machines have ids that would be outside of the range, such as {vmid}.',
    remedy: 'Leave them in the range, or delete the clusters first.',
  },
  'KUBESMITH-MOVE-TARGET-UNKNOWN': {
    message: "There is no environment '{environment}' to move to.",
    remedy: 'Choose another one.',
  },
  'KUBESMITH-MOVE-IMPOSSIBLE': {
    message: "The cluster cannot move to '{environment}': {detail}.",
    remedy:
      'Choose an environment with the same address pool, Proxmox pool, storage, network and hosts.',
  },
  'KUBESMITH-MOVE-BUSY': {
    message: "The cluster '{name}' cannot move now: {detail}.",
    remedy: 'Wait until that is over.',
  },
  'KUBESMITH-NO-HOST': {
    message: "No Proxmox host of the environment '{environment}' is online.",
    remedy: 'Try again later, or ask the department.',
  },
  'KUBESMITH-DATABASE-AWAY': {
    message: "The portal's database does not answer.",
    remedy:
      'Try again in a minute; the same request twice does no harm. If it stays so, tell the department.',
  },
  'KUBESMITH-DATABASE-BUSY': {
    message:
      "The portal's database is locked by somebody else. Nothing was changed.",
    remedy: 'Try again in a minute. If it stays so, tell the department.',
  },
  'KUBESMITH-DATABASE-FULL': {
    message: "No space is left for the portal's database. Nothing was changed.",
    remedy:
      'Tell the department: it must free space; nothing else needs to be done.',
  },
  'KUBESMITH-DATABASE-UNUSABLE': {
    message:
      "The portal's database cannot be written or is damaged. Nothing was changed.",
    remedy: 'Tell the department.',
  },
  'KUBESMITH-DATABASE-RESTORED': {
    message:
      "The portal's records were restored from a backup and may not agree with the machines. {detail}",
    remedy:
      'Tell the department: an administrator compares both and lets the portal go on.',
  },
  'KUBESMITH-SECRET-UNREADABLE': {
    message: 'The keys of this cluster cannot be read: {detail}',
    remedy: 'Tell the department.',
  },
} as const satisfies Record<string, ErrorText>;

/** A code of {@link kubesmithErrors}. @public */
export type KubesmithErrorCode = keyof typeof kubesmithErrors;

function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, key) =>
    key in values ? String(values[key]) : whole,
  );
}

/** Message and remedy of a code, with the values filled in. @public */
export function describeError(
  code: KubesmithErrorCode,
  values: Record<string, string | number> = {},
): { code: KubesmithErrorCode; message: string; remedy: string } {
  const { message, remedy } = kubesmithErrors[code];
  return { code, message: fill(message, values), remedy: fill(remedy, values) };
}

/** What is wrong with one field, from a code. @public */
export function fieldProblem(
  field: string,
  code: KubesmithErrorCode,
  values: Record<string, string | number> = {},
): FieldProblem {
  return { field, ...describeError(code, values) };
}
