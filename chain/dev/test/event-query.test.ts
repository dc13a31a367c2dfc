import type { Event } from 'cosmjs-types/tendermint/abci/types';
import { flattenEvents } from '../event-bus.ts';
import { EventIndex } from '../event-index.ts';
import { matchesFlat, parseQuery, printQuery } from '../event-query.ts';

const event = (type: string, ...pairs: [string, string, boolean?][]): Event => ({
  type,
  attributes: pairs.map(([key, value, index = true]) => ({ key, value, index })),
});

describe('queries', () => {
  test.each([
    ["tm.event='NewBlock'", "tm.event = 'NewBlock'"],
    ["tm.event='Tx' AND tx.hash='AB'", "tm.event = 'Tx' AND tx.hash = 'AB'"],
    ['tx.height>=5 AND tx.height < 7.5', 'tx.height >= 5 AND tx.height < 7.5'],
    ["a.b CONTAINS 'x y' AND c EXISTS", "a.b CONTAINS 'x y' AND c EXISTS"],
    [
      't > TIME 2026-01-01T00:00:00Z AND d <= DATE 2026-01-01',
      't > TIME 2026-01-01T00:00:00Z AND d <= DATE 2026-01-01',
    ],
    ["artel.trust.v1.EdgeSigned.from_id = '7'", "artel.trust.v1.EdgeSigned.from_id = '7'"],
  ])('%s', (text, printed) => {
    expect(printQuery(parseQuery(text))).toBe(printed);
  });

  // The messages are what a CometBFT 0.38.25 answered to the same texts.
  test.each([
    ['', 'offset 0: EOF'],
    ['bad', 'offset 3: EOF'],
    ['tx.height = 6 AND', 'offset 17: EOF'],
    ["a<'x'", 'offset 2: got string, wanted number, timestamp or datestamp'],
    ['(a=5)', 'offset 0: invalid input ( at offset 1'],
    ["a='x", 'offset 2: EOF'],
  ])('%j is refused', (text, message) => {
    expect(() => parseQuery(text)).toThrow(message);
  });

  test.each([
    ['a=5 b=6', /offset 4: got tag, want/],
    ['a > TIME 2020', /invalid TIME value/],
    ['a CONTAINS 5', /got number, wanted string/],
  ])('%j is refused', (text, message) => {
    expect(() => parseQuery(text)).toThrow(message);
  });
});

describe('a subscription', () => {
  const events = flattenEvents(
    'Tx',
    [
      event('transfer', ['amount', '12uhub'], ['recipient', 'anna']),
      event('transfer', ['amount', '90071992547409930001'], ['recipient', 'bela']),
      event('clock', ['at', '2026-05-01T00:00:00Z']),
    ],
    { 'tx.height': '7' },
  );

  test.each([
    ["tm.event='Tx'", true],
    ["tm.event='NewBlock'", false],
    ["transfer.recipient='anna' AND transfer.recipient='bela'", true],
    ['transfer.amount = 12', true],
    ['transfer.amount > 90071992547409930000', true],
    ['transfer.amount > 90071992547409930001', false],
    ['tx.height>6 AND tx.height<=7', true],
    ['tx.height<7', false],
    ["transfer.recipient CONTAINS 'nn'", true],
    ["transfer.recipient CONTAINS 'zz'", false],
    ['transfer EXISTS', true],
    ['transfer.amount EXISTS', true],
    ['nothing EXISTS', false],
    ['clock.at >= TIME 2026-05-01T00:00:00Z', true],
    ['clock.at < TIME 2026-05-01T00:00:00+00:00', false],
    ["transfer.nothing='anna'", false],
  ])('%s: %p', (text, expected) => {
    expect(matchesFlat(parseQuery(text), events)).toBe(expected);
  });
});

describe('the index', () => {
  const index = new EventIndex<string>('tx.height');
  index.add('first', 1n, [
    event('message', ['sender', 'anna'], ['action', 'send']),
    event('message', ['sender', 'bela'], ['action', 'sign'], ['hidden', 'x', false]),
  ]);
  index.add('second', 2n, [event('message', ['sender', 'anna'], ['action', 'sign'], ['n', '12'])]);
  index.add('third', 10n, [
    event('message', ['sender', 'cleo'], ['n', '100'], ['price', '12uhub']),
  ]);
  const find = (text: string): string[] => index.search(parseQuery(text));

  test.each([
    ["message.sender='anna'", ['first', 'second']],
    ["message.sender='anna' AND message.action='sign'", ['second']],
    ["message.sender='anna' AND message.action='send' AND tx.height=1", ['first']],
    ["message.sender='bela' AND message.action='send'", []],
    ["message.hidden='x'", []],
    ['tx.height>1', ['second', 'third']],
    ['tx.height>=2 AND tx.height<10', ['second']],
    ['tx.height=10', ['third']],
    ["message.sender='anna' AND tx.height>1", ['second']],
    ['message.n>12', ['third']],
    ['message.n>=12 AND message.n<100', ['second']],
    ['message.price>1', []],
    ["message.sender CONTAINS 'e'", ['first', 'third']],
    ['message.n EXISTS', ['second', 'third']],
  ])('%s', (text, expected) => {
    expect(find(text)).toEqual(expected);
  });

  test('forgets what stood above a height', () => {
    index.truncate(1n);
    expect(find("message.sender='anna'")).toEqual(['first']);
    expect(find('message.n EXISTS')).toEqual([]);
    index.add('again', 2n, [event('message', ['sender', 'anna'])]);
    expect(find("message.sender='anna'")).toEqual(['first', 'again']);
  });
});
