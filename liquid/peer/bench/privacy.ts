/**
 * What a relay can guess: two sessions were watched, was it the same producer? It sees times,
 * directions and sizes of frames only. Several attackers learn from pairs of some producers and are
 * tried on pairs of others.
 */

/** A frame as a relay sees it. */
export interface Seen {
  /** Milliseconds since the first frame of the session. */
  readonly ms: number;
  readonly to: 'producer' | 'consumer';
  readonly bytes: number;
}

export interface Watched {
  readonly producer: number;
  readonly frames: readonly Seen[];
}

/** Logarithms, since a share tells more than a difference: of times, and of sizes each way. */
export function featuresOf({ frames }: Watched): number[] {
  const log = (value: number): number => Math.log2(1 + Math.max(0, value));
  const turns = turnsOf(frames);
  const turn = (index: number): Turn => turns[index] ?? { waitMs: 0, lastsMs: 0, bytes: 0 };
  const last = frames.at(-1)?.ms ?? 0;
  const of = (to: Seen['to']): number =>
    frames.filter((frame) => frame.to === to).reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    ...[1, 2, 3].flatMap((i) => [log(turn(i).waitMs), log(turn(i).lastsMs)]),
    ...[0, 1, 2, 3].map((i) => log(turn(i).bytes)),
    log(last),
    log(of('producer')),
    log(of('consumer')),
    log(frames.length),
    turns.length,
  ];
}

interface Turn {
  readonly waitMs: number;
  lastsMs: number;
  bytes: number;
}

/** Frames of one direction in a row are one turn: a message or several. */
function turnsOf(frames: readonly Seen[]): Turn[] {
  const turns: Turn[] = [];
  let [before, beganMs]: [Seen | undefined, number] = [undefined, 0];
  for (const frame of frames) {
    const current = turns.at(-1);
    if (current === undefined || before?.to !== frame.to) {
      turns.push({ waitMs: frame.ms - (before?.ms ?? 0), lastsMs: 0, bytes: frame.bytes });
      beganMs = frame.ms;
    } else {
      current.bytes += frame.bytes;
      current.lastsMs = frame.ms - beganMs;
    }
    before = frame;
  }
  return turns;
}

interface Pair {
  readonly differences: readonly number[];
  readonly isSame: boolean;
}

/** As many pairs of one producer as of two, drawn by chance. */
export function pairsOf(sessions: readonly Watched[], count: number, random: () => number): Pair[] {
  const features = sessions.map(featuresOf);
  const pick = (): number => Math.floor(random() * sessions.length);
  const pairs: Pair[] = [];
  let wanted = true;
  while (pairs.length < count) {
    const [a, b] = [pick(), pick()];
    const isSame = sessions[a]?.producer === sessions[b]?.producer;
    if (a === b || isSame !== wanted) continue;
    const [left = [], right = []] = [features[a], features[b]];
    pairs.push({ differences: left.map((x, i) => Math.abs(x - (right[i] ?? 0))), isSame });
    wanted = !wanted;
  }
  return pairs;
}

/** The best share of right guesses on `unseen` of all attackers that learnt from `known`. */
export function bestGuess(known: readonly Pair[], unseen: readonly Pair[]): number {
  const width = known[0]?.differences.length ?? 0;
  const single = Array.from({ length: width }, (_, i) => thresholdAttacker(known, i));
  const attackers = [...single, regressionAttacker(known)];
  // The attacker that guesses best on what it knows is the one that is sent out.
  const share = (attacker: Attacker, pairs: readonly Pair[]): number =>
    pairs.filter((pair) => attacker(pair.differences) === pair.isSame).length / pairs.length;
  const ranked = attackers.toSorted((a, b) => share(b, known) - share(a, known));
  return Math.max(...ranked.slice(0, 3).map((attacker) => share(attacker, unseen)));
}

type Attacker = (differences: readonly number[]) => boolean;

/** "The same, where this differs by no more than that." */
function thresholdAttacker(known: readonly Pair[], feature: number): Attacker {
  const sorted = known
    .map(({ differences, isSame }) => ({ value: differences[feature] ?? 0, isSame }))
    .toSorted((a, b) => a.value - b.value);
  let right = sorted.filter(({ isSame }) => !isSame).length;
  let [best, threshold] = [right, -1];
  sorted.forEach(({ value, isSame }, i) => {
    right += isSame ? 1 : -1;
    if (right > best && sorted[i + 1]?.value !== value) [best, threshold] = [right, value];
  });
  return (differences) => (differences[feature] ?? 0) <= threshold;
}

/** Logistic regression over all features, by gradient descent on standardised differences. */
function regressionAttacker(known: readonly Pair[]): Attacker {
  const width = known[0]?.differences.length ?? 0;
  const mean = Array.from({ length: width }, (_, i) => average(known, i));
  const spread = mean.map((m, i) => Math.sqrt(average(known, i, (x) => (x - m) ** 2)) || 1);
  const scaled = (differences: readonly number[]): number[] =>
    differences.map((x, i) => (x - (mean[i] ?? 0)) / (spread[i] ?? 1));
  const rows = known.map(({ differences, isSame }) => ({ x: scaled(differences), isSame }));
  const weights = new Float64Array(width);
  let bias = 0;
  const score = (x: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), bias);
  for (let step = 0; step < 200; step += 1) {
    const gradient = new Float64Array(width);
    let biasGradient = 0;
    for (const { x, isSame } of rows) {
      const error = 1 / (1 + Math.exp(-score(x))) - (isSame ? 1 : 0);
      x.forEach((value, i) => {
        gradient[i] = (gradient[i] ?? 0) + error * value;
      });
      biasGradient += error;
    }
    gradient.forEach((value, i) => {
      weights[i] = (weights[i] ?? 0) - (0.5 * value) / rows.length;
    });
    bias -= (0.5 * biasGradient) / rows.length;
  }
  return (differences) => score(scaled(differences)) > 0;
}

function average(pairs: readonly Pair[], feature: number, of = (x: number) => x): number {
  const sum = pairs.reduce((total, { differences }) => total + of(differences[feature] ?? 0), 0);
  return sum / pairs.length;
}
