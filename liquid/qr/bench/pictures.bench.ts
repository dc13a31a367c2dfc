/**
 * S15: 500 pictures of the longest digest, blurred, noisy, turned and askew by seed, half of them
 * JPEG: how many are read, and in which time.
 *
 *   node liquid/qr/bench/pictures.bench.ts [--tiny]
 */
import { isRead } from '../test/photo.ts';

const pictures = process.argv.includes('--tiny') ? 3 : 500;
const began = performance.now();
let read = 0;
for (let seed = 1; seed <= pictures; seed += 1) {
  if (await isRead(seed)) read += 1;
  else process.stderr.write(`picture ${seed} is not read\n`);
}
const figures = [
  {
    case: `S15: pictures read, of ${pictures}`,
    value: read,
    unit: 'pictures',
    goal: { atLeast: pictures },
  },
  {
    case: 'S15: making and reading one',
    value: (performance.now() - began) / pictures,
    unit: 'ms',
  },
];
for (const figure of figures) console.log(JSON.stringify(figure));
