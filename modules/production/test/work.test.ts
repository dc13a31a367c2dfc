import fc from 'fast-check';
import { account, flour, hour, minute, segmentMs, start, World, worker } from './world.ts';

/** A production that began an hour ago; work in this hour is free to register. */
function begun(): { readonly world: World; readonly id: bigint } {
  const world = new World();
  const id = world.begin();
  return { world: world.later(hour), id };
}

const interval = (production: bigint, fromMs: bigint, toMs: bigint, wallet = worker(1)) => ({
  production,
  wallet,
  fromMs,
  toMs,
});

test('a workload is its interval, as long as it takes', () => {
  const { world, id } = begun();
  world.ok('RegisterWorkload', interval(id, start, start + hour));
  expect(world.scenario.view.productions.get(id as never)?.workedMs).toBe(hour);
  expect(world.scenario.view.workloads.get(1n as never)).toMatchObject({
    fromMs: start,
    toMs: start + hour,
    wallet: worker(1),
    producer: 1n,
    stage: 'registered',
    beforeMs: 0n,
  });
});

test.each([
  [
    { fromMs: start + 1n, toMs: start + 1n },
    'reversed_interval',
    `the work from ${start + 1n} to ${start + 1n} ms takes no time`,
  ],
  [
    { fromMs: start + 2n, toMs: start + 1n },
    'reversed_interval',
    `the work from ${start + 2n} to ${start + 1n} ms takes no time`,
  ],
  [{ production: 9n }, 'unknown_production', 'there is no production 9'],
  [
    { signer: account(2) },
    'not_the_owner',
    `collective 1 is signed for by ${account(1)}, not by ${account(2)}`,
  ],
  [
    { fromMs: start - 1n },
    'before_start',
    `work from ${start - 1n} ms on is before the start at ${start} ms`,
  ],
  [
    { toMs: start + hour + 1n },
    'in_the_future',
    `work until ${start + hour + 1n} ms ends after the block at ${start + hour} ms`,
  ],
  [{ wallet: 'nobody' }, 'invalid_address', 'wallet is not bech32 or its checksum is wrong'],
])('X-6 production refuses a workload with %j', (change, refused, message) => {
  const { world, id } = begun();
  const said = { ...interval(id, start, start + hour), ...change };
  expect(world.no('RegisterWorkload', said)).toEqual([refused, message]);
});

test('X-6 production refuses work across the end of a segment, which belongs to the earlier', () => {
  const world = new World();
  const id = world.begin();
  const end = (start / segmentMs + 1n) * segmentMs;
  world.later(end - start + hour);
  const across = interval(id, end - minute, end + 1n);
  expect(world.no('RegisterWorkload', across)).toEqual([
    'across_segments',
    `the work from ${end - minute} to ${end + 1n} ms lies in two segments`,
  ]);
  world.ok('RegisterWorkload', interval(id, end - minute, end));
  world.ok('RegisterWorkload', interval(id, end, end + minute));
  const { view } = world.scenario;
  const [first, second] = Array.from(view.workloads.range(), ({ value }) => value.segment);
  expect(second).toBe((first ?? 0n) + 1n);
});

test('X-6 production refuses work and storno in a segment that is revised', () => {
  const { world, id } = begun();
  world.ok('RegisterWorkload', interval(id, start, start + minute));
  const segment = start / segmentMs;
  world.finals.add(segment);
  const said = ['segment_final', `segment ${segment} has its final revision`];
  const more = interval(id, start + minute, start + hour);
  expect(world.no('RegisterWorkload', more)).toEqual(said);
  expect(world.no('StornoWorkload', { workload: 1n })).toEqual(said);
});

describe('2-N6 no time is worked twice', () => {
  const [from, to] = [start + 10n * minute, start + 20n * minute];

  test.each([
    ['the same', from, to],
    ['a piece within', from + 1n, to - 1n],
    ['all around', from - 1n, to + 1n],
    ['over the beginning', from - 1n, from + 1n],
    ['over the end', to - 1n, to + 1n],
    ['from the beginning on', from, to + 1n],
    ['to the end', from - 1n, to],
  ])('%s is refused', (_, fromMs, toMs) => {
    const { world, id } = begun();
    world.ok('RegisterWorkload', interval(id, from, to));
    expect(world.no('RegisterWorkload', interval(id, fromMs, toMs))).toEqual([
      'work_overlaps',
      `${worker(1)} worked from ${from} to ${to} ms already`,
    ]);
    world.ok('RegisterWorkload', interval(id, fromMs, toMs, worker(2)));
  });

  test('what touches before and after is taken, also of another collective’s production', () => {
    const { world, id } = begun();
    const other = world.begin();
    world.later(hour);
    world.ok('RegisterWorkload', interval(id, from, to));
    world.ok('RegisterWorkload', interval(id, from - minute, from));
    world.ok('RegisterWorkload', interval(id, to, start + hour));
    world.ok('RegisterWorkload', interval(other, start + hour, start + hour + minute));
    expect(world.no('RegisterWorkload', interval(other, start + hour, world.now))[0]).toBe(
      'work_overlaps',
    );
  });

  test('any intervals are taken that overlap none before them, and no others', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 10 })), { maxLength: 12 }),
        (drawn) => {
          const { world, id } = begun();
          const known: (readonly [bigint, bigint])[] = [];
          for (const [begin, length] of drawn) {
            const [fromMs, toMs] = [start + BigInt(begin), start + BigInt(begin + length)];
            const overlaps = known.some(([a, b]) => a < toMs && b > fromMs);
            const [refused] = world.no('RegisterWorkload', interval(id, fromMs, toMs));
            expect(refused).toBe(overlaps ? 'work_overlaps' : undefined);
            if (!overlaps) known.push([fromMs, toMs]);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('2-P15 storno', () => {
  test('takes the hours back, frees the interval and leaves a pair on the line', () => {
    const { world, id } = begun();
    const said = interval(id, start, start + 480n);
    world.ok('RegisterWorkload', said);
    world.ok('RegisterWorkload', interval(id, start + 480n, start + 780n));
    world.ok('StornoWorkload', { workload: 1n });
    expect(world.scenario.view.productions.get(id as never)?.workedMs).toBe(300n);
    world.ok('RegisterWorkload', said);
    const lines = Array.from(world.scenario.view.workloads.range(), ({ value }) => value.beforeMs);
    expect(lines).toEqual([0n, 480n, 300n]);
    expect(world.pairs()).toEqual([{ before: 0n, amount: 480n, total: 780n }]);
    expect(world.sums()).toEqual({ a: 780n, c: 0n, w: 0n });
    expect(world.reads.workload(1n as never)?.cancelled).toBe(true);
    expect(world.reads.workload(3n as never)).toMatchObject({
      before: 300n,
      amount: 480n,
      collective: 1n,
      wallet: worker(1),
      cancelled: false,
    });
  });

  test('X-6 production refuses it twice, by another, of nothing', () => {
    const { world, id } = begun();
    world.ok('RegisterWorkload', interval(id, start, start + hour));
    const unknown = ['unknown_workload', 'there is no workload 7'];
    expect(world.no('StornoWorkload', { workload: 7n })).toEqual(unknown);
    expect(world.no('StornoWorkload', { workload: 1n, signer: account(2) })[0]).toBe(
      'not_the_owner',
    );
    world.ok('StornoWorkload', { workload: 1n });
    expect(world.no('StornoWorkload', { workload: 1n })).toEqual([
      'workload_reversed',
      'workload 1 was taken back',
    ]);
  });

  test('X-6 production refuses it after the output and the rejection', () => {
    const { world, id } = begun();
    world.ok('RegisterWorkload', interval(id, start, start + hour));
    const lines = [{ type: flour, quantity: 1n, valueMs: hour }];
    world.ok('Output', { production: id, lines });
    expect(world.no('StornoWorkload', { workload: 1n })[0]).toBe('production_finished');
  });
});

test('X-6 production refuses a countersignature of another, twice, or of nothing', () => {
  const { world, id } = begun();
  world.ok('RegisterWorkload', interval(id, start, start + minute));
  world.ok('RegisterWorkload', interval(id, start + minute, start + hour));
  const no = (workload: bigint, signer = worker(1)) =>
    world.no('CountersignWorkload', { workload, signer });
  expect(no(7n)).toEqual(['unknown_workload', 'there is no workload 7']);
  expect(no(1n, account(1))).toEqual(['not_the_worker', `workload 1 is of ${worker(1)}`]);
  world.ok('CountersignWorkload', { workload: 1n, signer: worker(1) });
  expect(no(1n)).toEqual(['already_countersigned', 'workload 1 is countersigned']);
  world.ok('StornoWorkload', { workload: 2n });
  expect(no(2n)).toEqual(['workload_reversed', 'workload 2 was taken back']);
});
