/** Pictures of QR codes as they come from cameras: blurred, noisy, turned, askew; by seed. */
import { encode as encodeJpeg } from 'jpeg-js';
import { PNG } from 'pngjs';
import { digestText } from '../../core/qr.ts';
import { randomOf } from '../../peer/bench/random.ts';
import { qrModules } from '../draw.ts';
import { type Image, readCodes, readImage } from '../read.ts';

export interface Flaws {
  /** Pixels a module, before perspective. */
  readonly modulePixels: number;
  /** Standard deviation of the blur, in modules. */
  readonly blur: number;
  /** Standard deviation of the noise, of 255. */
  readonly noise: number;
  /** Radians. */
  readonly turn: number;
  /** How far corners move, as a share of the side. */
  readonly askew: number;
  /** How much darker one side of the picture is, as a share. */
  readonly shade: number;
}

export function flawsOf(random: () => number): Flaws {
  return {
    modulePixels: 4 + 4.5 * random(),
    blur: 0.35 * random(),
    noise: 30 * random(),
    turn: 2 * Math.PI * random(),
    askew: 0.12 * random(),
    shade: 0.5 * random(),
  };
}

type Point = readonly [x: number, y: number];

/** The code as this camera sees it, on paper that fills the picture. */
export function photographed(text: string, flaws: Flaws, random: () => number): Image {
  const modules = qrModules(text);
  const side = modules.length * flaws.modulePixels;
  const width = Math.ceil(side * 1.6);
  const middle = width / 2;
  const jitter = (): number => (2 * random() - 1) * flaws.askew * side;
  const corners = ([-1, 1] as const).flatMap((dy) =>
    ([-1, 1] as const).map((dx): Point => {
      const [x, y] = [(dx * side) / 2 + jitter(), (dy * side) / 2 + jitter()];
      const [cos, sin] = [Math.cos(flaws.turn), Math.sin(flaws.turn)];
      return [middle + x * cos - y * sin, middle + x * sin + y * cos];
    }),
  );
  const toCode = inverse(squareTo(corners));
  const luma = new Float64Array(width * width);
  const count = modules.length;
  const dark = Uint8Array.from(modules.flat(), (isDark) => (isDark ? 1 : 0));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] = toCode;
  for (let y = 0; y < width; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let sum = 0;
      // Four samples a pixel soften the edges, as a lens does.
      for (let s = 0; s < 4; s += 1) {
        const [px, py] = [x + 0.25 + 0.5 * (s & 1), y + 0.25 + 0.25 * (s & 2)];
        const w = g * px + h * py + i;
        const u = (count * (a * px + b * py + c)) / w;
        const v = (count * (d * px + e * py + f)) / w;
        if (u >= 0 && v >= 0 && u < count && v < count) {
          sum += dark[(v | 0) * count + (u | 0)] as number;
        }
      }
      luma[y * width + x] = (225 - (sum / 4) * 195) * (1 - (flaws.shade * x) / width);
    }
  }
  const blurred = blur(luma, width, flaws.blur * flaws.modulePixels);
  const data = new Uint8ClampedArray(4 * width * width).fill(255);
  const noise = normals(random);
  for (let at = 0; at < blurred.length; at += 1) {
    const noisy = (blurred[at] as number) + flaws.noise * (noise[at % noise.length] as number);
    data[4 * at] = noisy;
    data[4 * at + 1] = noisy;
    data[4 * at + 2] = noisy;
  }
  return { width, height: width, data: new Uint8Array(data.buffer) };
}

/** Numbers of a normal distribution, by Box and Muller; so many (a prime) that no pattern shows. */
function normals(random: () => number): Float64Array {
  return Float64Array.from(
    { length: 20_011 },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}

function blur(luma: Float64Array, width: number, sigma: number): Float64Array {
  const reach = Math.ceil(3 * sigma);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    sigma === 0 ? 1 : Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)),
  );
  const weight = kernel.reduce((sum, factor) => sum + factor, 0);
  const along = (from: Float64Array, stride: number, lineStride: number): Float64Array => {
    const to = new Float64Array(from.length);
    for (let line = 0; line < width; line += 1) {
      for (let place = 0; place < width; place += 1) {
        let sum = 0;
        for (let k = -reach; k <= reach; k += 1) {
          let at = place + k;
          if (at < 0) at = 0;
          else if (at >= width) at = width - 1;
          sum += (kernel[k + reach] as number) * (from[line * lineStride + at * stride] as number);
        }
        to[line * lineStride + place * stride] = sum / weight;
      }
    }
    return to;
  };
  return along(along(luma, 1, width), width, 1);
}

/** Row by row: a projective map of the plane. */
type Matrix = readonly number[];

/** The map from the unit square to its corners: upper left and right, lower left and right. */
function squareTo(corners: readonly Point[]): Matrix {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = corners as [Point, Point, Point, Point];
  const [dx1, dx2, sx] = [x1 - x3, x2 - x3, x0 - x1 + x3 - x2];
  const [dy1, dy2, sy] = [y1 - y3, y2 - y3, y0 - y1 + y3 - y2];
  const det = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / det;
  const h = (dx1 * sy - sx * dy1) / det;
  return [x1 - x0 + g * x1, x2 - x0 + h * x2, x0, y1 - y0 + g * y1, y2 - y0 + h * y2, y0, g, h, 1];
}

function inverse(m: Matrix): Matrix {
  const at = (i: number): number => m[i] ?? 0;
  const minor = (a: number, b: number, c: number, d: number): number =>
    at(a) * at(d) - at(b) * at(c);
  return [
    minor(4, 5, 7, 8),
    -minor(1, 2, 7, 8),
    minor(1, 2, 4, 5),
    -minor(3, 5, 6, 8),
    minor(0, 2, 6, 8),
    -minor(0, 2, 3, 5),
    minor(3, 4, 6, 7),
    -minor(0, 1, 6, 7),
    minor(0, 1, 3, 4),
  ];
}

/** As long as a digest may be: 130 bytes. */
export function digestOf(random: () => number): string {
  return digestText(Uint8Array.from({ length: 130 }, () => 256 * random()));
}

export async function textsIn(file: Uint8Array): Promise<readonly string[]> {
  const image = readImage(file);
  if (!image.ok) throw new Error(image.message);
  const codes = await readCodes(image.value);
  return codes.ok ? codes.value : [];
}

export function png({ width, height, data }: Image): Uint8Array {
  const image = new PNG({ width, height });
  image.data.set(data);
  return PNG.sync.write(image);
}

function jpeg({ width, height, data }: Image, quality: number): Uint8Array {
  return encodeJpeg({ width, height, data }, quality).data;
}

/** Takes picture number `seed`, every other one as JPEG, and reads it back. */
export async function isRead(seed: number): Promise<boolean> {
  const random = randomOf(seed);
  const text = digestOf(random);
  const photo = photographed(text, flawsOf(random), random);
  const [found] = await textsIn(seed % 2 === 0 ? png(photo) : jpeg(photo, 50 + (seed % 40)));
  return found === text;
}
