/**
 * The first step of every `make` target: the packages of package-lock.json and the pinned Node.
 * Plain JavaScript, since it runs on the machine's own Node before anything is installed. Silent
 * when all is there.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const oldestNode = 20;
const root = fileURLToPath(new URL('..', import.meta.url));
const pinnedNode = join(root, 'node_modules', 'node', 'bin', 'node');

if (Number(process.versions.node.split('.')[0]) < oldestNode) {
  fail(`Node ${oldestNode} or later is needed to begin with, this is ${process.version}.`);
}
if (!isSetUp()) {
  const release = await takeLock();
  try {
    if (!isSetUp()) install();
  } finally {
    release();
  }
}

/**
 * True when node_modules holds exactly what the lock file asks for; npm keeps its own list there.
 */
function isSetUp() {
  const wanted = packagesOf('package-lock.json');
  const present = packagesOf('node_modules/.package-lock.json');
  if (present === undefined || !existsSync(pinnedNode)) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const has = present[path];
    // An optional package of another platform is left out by npm.
    if (has === undefined) return entry.optional === true || entry.devOptional === true;
    return has.version === entry.version && has.integrity === entry.integrity;
  });
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function install() {
  const count = Object.keys(packagesOf('package-lock.json')).length - 1;
  console.log(`Setting up, this once: npm ci (${count} packages and the pinned Node) ...`);
  const started = performance.now();
  const npm = spawnSync('npm', ['ci', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (npm.error !== undefined) fail(`npm does not run: ${npm.error.message}`);
  if (npm.status !== 0) fail(`${npm.stdout}${npm.stderr}\`npm ci\` failed, see above.`);
  if (!existsSync(pinnedNode)) {
    fail(
      'npm did not run the install script of `node`; allow it: npm config set ignore-scripts false',
    );
  }
  console.log(`Set up in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
}

/** Two `make` runs on a fresh clone would take node_modules from under each other. */
async function takeLock() {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const path = join(root, '.cache', 'setup.lock');
  for (let told = false; ; told = true) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = Number(readFileSync(path, 'utf8'));
    if (owner > 0 && !isAlive(owner)) rmSync(path, { force: true });
    else if (!told) console.log(`Waiting for another set-up (process ${owner}) ...`);
    await sleep(300);
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
