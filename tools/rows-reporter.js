/**
 * Jest reporter that keeps the last result of every test for `make rows`, one file a test file so
 * that runs side by side don't lose each other's; and the counts of the last run for `.ci/run`.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = join(root, '.cache', 'test-results');

export default class RowsReporter {
  onTestResult(_test, suite) {
    const path = relative(root, suite.testFilePath);
    const tests = suite.testResults.map(({ ancestorTitles, title, status }) => ({
      titles: [...ancestorTitles, title],
      status,
    }));
    const name = createHash('sha256').update(path).digest('hex').slice(0, 16);
    writeWhole(`${name}.json`, { path, broken: suite.testExecError !== undefined, tests });
  }

  onRunComplete(_contexts, run) {
    writeWhole('summary.json', {
      passed: run.numPassedTests,
      // A test file that does not even load has no tests to fail.
      failed: run.numFailedTests + run.numRuntimeErrorTestSuites,
      skipped: run.numPendingTests,
      interrupted: run.wasInterrupted,
    });
  }
}

/** A reader never sees half a file. */
function writeWhole(name, value) {
  mkdirSync(folder, { recursive: true });
  const partial = join(folder, `.${name}.${process.pid}`);
  writeFileSync(partial, JSON.stringify(value));
  renameSync(partial, join(folder, name));
}
