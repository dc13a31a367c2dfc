#!/usr/bin/env node
/**
 * Starts `artel` under whatever Node is at hand: under Node 24 or later it runs right here, under
 * an older one it runs itself again on the pinned Node of the `node` package. Syntax here stays at
 * what Node 12.20 reads, or the one clear line below could not be printed.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const neededMajor = 24;
const unavailable = 3;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const installed = root.split(sep).includes('node_modules');
const source = join(root, 'chain', 'cli', 'main.ts');
// Node strips no types under node_modules, so a package runs what `npm run build` made of the
// sources.
const entry =
  !installed && existsSync(source) ? source : join(root, 'dist', 'chain', 'cli', 'main.js');

if (Number(process.versions.node.split('.')[0]) >= neededMajor) {
  process.argv[1] = entry;
  // Halves the start: types are stripped and code is compiled once, not at every command.
  if (!installed) module.enableCompileCache(join(root, '.cache', 'compile'));
  import(pathToFileURL(entry).href).catch(explain);
} else {
  runOnPinnedNode();
}

function runOnPinnedNode() {
  const node = [join(root, 'node_modules'), dirname(root)]
    .map((folder) => join(folder, 'node', 'bin', 'node'))
    .find((file) => existsSync(file));
  if (node === undefined) {
    fail(`artel needs Node ${neededMajor} or later, this is ${process.version}${setUpHint()}`);
    return;
  }
  const child = spawn(node, [entry].concat(process.argv.slice(2)), { stdio: 'inherit' });
  child.on('error', (error) => fail(`${node} does not run: ${error.message}`));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the whole process group: the child has it already.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code;
    } else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}

function explain(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  fail(`artel is not set up: ${error.message.split('\n')[0]}${setUpHint()}`);
}

function setUpHint() {
  return installed
    ? '; allow the install script that fetches its own: npm install-scripts approve node'
    : `; run 'make setup' in ${root}`;
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = unavailable;
}
