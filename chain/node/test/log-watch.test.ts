/** What is read from CometBFT's log: lines as 0.38.25 writes them. */
import { LogWatch } from '../log-watch.ts';

const stamp = '[2026-01-01|00:00:00.000]';
const wrongProposal = (height: number, round: number): string =>
  `E${stamp} prevote step: consensus deems this block invalid; prevoting nil module=consensus ` +
  `height=${height} round=${round} err="wrong Block.Header.AppHash.  Expected AA, got BB"`;

function firstFailure(...lines: readonly string[]): string | undefined {
  const watch = new LogWatch();
  return lines.map((line) => watch.read(line)).find((failure) => failure !== undefined)?.message;
}

test('CONSENSUS FAILURE is a failure, with its reason', () => {
  const line = `E${stamp} CONSENSUS FAILURE!!!   module=consensus err="it is \\"bad\\"" stack="go"`;
  expect(firstFailure(line)).toBe('CometBFT reports CONSENSUS FAILURE: it is \\"bad\\"');
});

test('a CONSENSUS FAILURE for want of space is told as a full disk', () => {
  const line = `E${stamp} CONSENSUS FAILURE!!! err="write /x: no space left on device" stack="go"`;
  expect(firstFailure(line)).toBe('the disk is full');
});

test('the same words in what a peer says are none', () => {
  expect(
    firstFailure(
      `I${stamp} Added peer module=p2p moniker="E${stamp} CONSENSUS FAILURE!!!"`,
      `E${stamp} Peer failed module=p2p err="CONSENSUS FAILURE!!!"`,
      `I${stamp} CONSENSUS FAILURE!!! module=consensus`,
    ),
  ).toBeUndefined();
});

test('a wrong app hash while syncing is a failure: +2/3 have signed the other one', () => {
  const line =
    `E${stamp} Error in validation module=blocksync height=7 hash=CC ` +
    'err="wrong Block.Header.AppHash.  Expected AA, got BB"';
  expect(firstFailure(line)).toContain('height 7');
  expect(
    firstFailure(`E${stamp} Error in validation module=blocksync height=7 err="wrong signature"`),
  ).toBeUndefined();
});

test('one validator that proposes wrong app hashes at every height stops nobody', () => {
  const lines = Array.from({ length: 50 }, (_, index) => wrongProposal(index + 1, 0));
  expect(firstFailure(...lines)).toBeUndefined();
});

test('three wrong proposals at one height mean that this node stands alone', () => {
  const lines = [wrongProposal(5, 0), wrongProposal(6, 0), wrongProposal(6, 1)];
  expect(firstFailure(...lines)).toBeUndefined();
  expect(firstFailure(...lines, wrongProposal(6, 3))).toContain('3 proposals at height 6');
});

test.each([
  [
    'ERROR: failed to create node: failed to initialize database: resource temporarily unavailable',
    'open in another process',
    3,
  ],
  [
    'ERROR: failed to start node: listen tcp 127.0.0.1:26657: bind: address already in use',
    '127.0.0.1:26657 is in use',
    3,
  ],
  ['panic: write /data/cs.wal/wal: no space left on device', 'the disk is full', 3],
  [
    'ERROR: failed to create node: app block height (9) is higher than core (5)',
    'do not belong together: app block height (9)',
    1,
  ],
  [
    'panic: state (8) and store (0) height mismatch, stores were left in an inconsistent state',
    'do not belong together: state (8) and store (0) height mismatch',
    1,
  ],
  [
    'panic: failed to start consensus state: found signature from the same key',
    'has signed one of the last blocks (double_sign_check_height)',
    3,
  ],
  ["ERROR: failed to create node: couldn't read GenesisDoc file: bad", 'refuses the genesis', 2],
])('explains %s', (line, words, exitCode) => {
  const watch = new LogWatch();
  for (const each of [line, ...Array.from({ length: 100 }, (_, i) => `goroutine ${i}`)]) {
    watch.read(each);
  }
  const error = watch.explainEnd(1, null);
  expect(error.message).toContain(words);
  expect(error.exitCode).toBe(exitCode);
});

test('an end that nothing explains is told with its code and the newest lines', () => {
  const watch = new LogWatch();
  for (let i = 0; i < 1_000; i += 1) watch.read(`line ${i}`);
  const { message, hint } = watch.explainEnd(0, null);
  expect(message).toBe('CometBFT ended without being asked to (exit code 0)');
  expect(hint).toBe(
    'Its last lines:\n    line 995\n    line 996\n    line 997\n    line 998\n    line 999',
  );
});
