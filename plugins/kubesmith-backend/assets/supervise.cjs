'use strict';
/*
 * Runs one tool and outlives whoever started it.
 *
 *   node supervise.cjs RUN_DIRECTORY
 *
 * RUN_DIRECTORY/request.json says what to run:
 *   { argv: string[], cwd: string, timeoutMs: number, maxOutputBytes: number,
 *     interrupt: { target: 'process' | 'group', graceMs: number },
 *     startBefore?: { uptimeMs: number, wallMs: number },
 *     attended?: { until: { uptimeMs: number, wallMs: number }, graceMs: number } }
 * The tool's environment is this process's own, which the caller made from an explicit list.
 *
 * Written into RUN_DIRECTORY, each by rename so that a reader never sees half of it:
 *   run.json    { supervisor: {pid, startTime}, child: {pid, startTime} | null, argv, startedAt }
 *   exit.json   { code, signal, error, interrupted, killed, tooLate?, dropped, startedAt, finishedAt }
 * and, appended while it runs, `stdout` and `stderr`. A stream that grows beyond maxOutputBytes is cut there; its end is
 * kept in `stdout.tail` / `stderr.tail`, because the reason of a failure stands at the end.
 *
 * After `startBefore` (by the machine's monotonic clock, or by its wall clock) the tool is not started any more: whoever asked
 * may have been stopped for so long that somebody else does the work. run.json is written before that is looked at, so that
 * who finds no run.json after that time knows that the tool will not run.
 *
 * SIGTERM or SIGINT to this process (or the timeout) starts the ladder once: ONE SIGINT to the tool's pid alone
 * (`process`: Terraform, whose provider must not see it) or to its group (`group`: Ansible), then graceMs of patience,
 * then SIGKILL to the group.
 *
 * With `attended`, the tool runs only for as long as somebody says so: after `until`, or what attended.json says in its place
 * (`{ uptimeMs, wallMs }`, written anew by whoever follows the run), the same ladder starts with the `graceMs` of `attended`.
 * Elsewhere another backend counts on it before it begins.
 *
 * Plain Node.js without dependencies: it must start from a published package as well as from the source tree.
 */
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const TAIL_BYTES = 256 * 1024;
/** How long what the tool left behind in its group may still run. A provider ends by itself within 5 s. */
const LEFTOVER_MS = 8000;
/** How long after the tool's end its pipes may stay open, held by a child that detached itself. */
const DRAIN_MS = 2000;
const ATTENDANCE_POLL_MS = 500;

const directory = path.resolve(process.argv[2]);
const request = JSON.parse(
  fs.readFileSync(path.join(directory, 'request.json'), 'utf8'),
);
const startedAt = new Date().toISOString();

/** Field 22 of /proc/PID/stat: together with the pid it names one process for as long as the machine runs. */
function startTimeOf(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return null;
  }
}

function writeAtomically(name, value) {
  const target = path.join(directory, name);
  const temporary = `${target}.${process.pid}.tmp`;
  const file = fs.openSync(temporary, 'w', 0o600);
  try {
    fs.writeSync(file, JSON.stringify(value));
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  fs.renameSync(temporary, target);
}

function writeRun(child) {
  writeAtomically('run.json', {
    supervisor: { pid: process.pid, startTime: startTimeOf(process.pid) },
    child,
    argv: request.argv,
    startedAt,
  });
}

let ended = false;

/** A full disk must not end this process while the tool works: nobody would watch over it then. */
function recordChild(identity) {
  try {
    writeRun(identity);
  } catch {
    setTimeout(() => {
      if (!ended) recordChild(identity);
    }, 1000);
  }
}

/** Appends to a file up to the limit and keeps the last TAIL_BYTES of the rest. */
class CappedFile {
  constructor(name) {
    this.name = name;
    this.file = fs.openSync(path.join(directory, name), 'a', 0o600);
    this.written = fs.fstatSync(this.file).size;
    this.dropped = 0;
    this.tail = [];
    this.tailBytes = 0;
  }

  write(chunk) {
    const room = Math.max(0, request.maxOutputBytes - this.written);
    const head = chunk.subarray(0, room);
    if (head.length > 0) {
      try {
        fs.writeSync(this.file, head);
        this.written += head.length;
      } catch {
        // A full disk must not end the tool, which is changing the world right now.
        this.dropped += head.length;
      }
    }
    const rest = chunk.subarray(room);
    if (rest.length === 0) return;
    this.dropped += rest.length;
    this.tail.push(rest);
    this.tailBytes += rest.length;
    while (
      this.tail.length > 1 &&
      this.tailBytes - this.tail[0].length >= TAIL_BYTES
    ) {
      this.tailBytes -= this.tail.shift().length;
    }
  }

  close() {
    if (this.tail.length > 0) {
      const end = Buffer.concat(this.tail);
      const kept = end.subarray(Math.max(0, end.length - TAIL_BYTES));
      try {
        fs.writeFileSync(path.join(directory, `${this.name}.tail`), kept, {
          mode: 0o600,
        });
      } catch {
        // As above.
      }
    }
    fs.closeSync(this.file);
  }
}

const outcome = {
  code: null,
  signal: null,
  error: null,
  interrupted: null,
  killed: false,
};
let child;

function signalTool(target, name) {
  try {
    process.kill(target === 'group' ? -child.pid : child.pid, name);
    return true;
  } catch {
    return false; // It is gone, which is what was wanted.
  }
}

function killAfter(graceMs) {
  setTimeout(() => {
    if (ended) return;
    outcome.killed = true;
    signalTool('group', 'SIGKILL');
  }, graceMs);
}

function interrupt(reason) {
  if (ended || outcome.interrupted) return; // Once: a second SIGINT makes Terraform drop machines it is making.
  outcome.interrupted = reason;
  if (!child || child.pid === undefined) return;
  signalTool(request.interrupt.target, 'SIGINT');
  killAfter(request.interrupt.graceMs);
}

function isOver(limit) {
  return (
    Number(process.hrtime.bigint() / 1000000n) > limit.uptimeMs ||
    Date.now() > limit.wallMs
  );
}

/** Whether the tool must not be started any more. */
function isTooLate() {
  return request.startBefore !== undefined && isOver(request.startBefore);
}

function attendedUntil() {
  try {
    return JSON.parse(
      fs.readFileSync(path.join(directory, 'attended.json'), 'utf8'),
    );
  } catch {
    return request.attended.until; // Nobody has written anything since, or no more than half of it.
  }
}

/** Also while it is being interrupted for another reason, which may leave it more time than there is. */
function watchAttendance() {
  if (!request.attended) return;
  const timer = setInterval(() => {
    if (ended) clearInterval(timer);
    if (ended || !isOver(attendedUntil())) return;
    clearInterval(timer);
    if (!outcome.interrupted) interrupt('unattended');
    killAfter(request.attended.graceMs);
  }, ATTENDANCE_POLL_MS);
}

function delay(ms) {
  return new Promise(resolve => setTimeout(resolve, ms));
}

async function endLeftovers() {
  const deadline = Date.now() + LEFTOVER_MS;
  while (signalTool('group', 0)) {
    if (Date.now() > deadline) {
      signalTool('group', 'SIGKILL');
      return;
    }
    await delay(50);
  }
}

function finish(stdout, stderr) {
  stdout.close();
  stderr.close();
  writeAtomically('exit.json', {
    ...outcome,
    dropped: { stdout: stdout.dropped, stderr: stderr.dropped },
    startedAt,
    finishedAt: new Date().toISOString(),
  });
}

async function main() {
  process.on('SIGTERM', () => interrupt('request'));
  process.on('SIGINT', () => interrupt('request'));
  process.on('SIGHUP', () => {});
  writeRun(null);

  const stdout = new CappedFile('stdout');
  const stderr = new CappedFile('stderr');
  if (isTooLate()) {
    outcome.tooLate = true;
    finish(stdout, stderr);
    process.exit(0);
  }
  // `detached` gives the tool a session and group of its own, so that "its group" never includes this process.
  child = spawn(request.argv[0], request.argv.slice(1), {
    cwd: request.cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', chunk => stdout.write(chunk));
  child.stderr.on('data', chunk => stderr.write(chunk));
  const closed = new Promise(resolve => child.on('close', resolve));
  const exited = new Promise(resolve => {
    child.on('error', error => {
      outcome.error = error.code || error.message;
      resolve();
    });
    child.on('exit', (code, signal) => {
      outcome.code = code;
      outcome.signal = signal;
      resolve();
    });
  });
  if (child.pid !== undefined) {
    recordChild({ pid: child.pid, startTime: startTimeOf(child.pid) });
    if (outcome.interrupted) signalTool(request.interrupt.target, 'SIGINT');
  }
  const timer = setTimeout(() => interrupt('timeout'), request.timeoutMs);
  watchAttendance();

  await exited;
  ended = true;
  clearTimeout(timer);
  if (child.pid !== undefined) {
    await Promise.race([closed, delay(DRAIN_MS)]);
    await endLeftovers();
  }
  finish(stdout, stderr);
  process.exit(0);
}

main().catch(error => {
  try {
    writeAtomically('exit.json', {
      ...outcome,
      error: String(error && error.message),
      dropped: { stdout: 0, stderr: 0 },
      startedAt,
      finishedAt: new Date().toISOString(),
    });
  } finally {
    process.exit(1);
  }
});
