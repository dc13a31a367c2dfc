/** Reads QR codes from PNG and JPEG images: blurred, turned, askew, as phones make them. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { decode as decodeJpeg } from 'jpeg-js';
import { PNG } from 'pngjs';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { accepted, type Result, refusals } from '../core/refusals.ts';

/** RGBA, four bytes a pixel. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Larger images are refused before their pixels take memory. */
const mostMegapixels = 60;
const mostJpegMiB = 1_024;

/** The pixels of an image file. */
export function readImage(bytes: Uint8Array): Result<Image> {
  const isPng = startsWith(bytes, [0x89, 0x50, 0x4e, 0x47]);
  if (!isPng && !startsWith(bytes, [0xff, 0xd8, 0xff])) {
    return malformed('a PNG or JPEG file', 'something else');
  }
  if (isPng && pngMegapixels(bytes) > mostMegapixels) {
    return malformed(`of at most ${mostMegapixels} megapixels`, pngMegapixels(bytes).toFixed(0));
  }
  try {
    return accepted(isPng ? pngPixels(bytes) : jpegPixels(bytes));
  } catch (error) {
    return malformed('a whole image', error instanceof Error ? error.message : String(error));
  }
}

/** The texts of all codes that are found, or a refusal where there is none. */
export async function readCodes(image: Image): Promise<Result<readonly string[]>> {
  loadDecoder();
  for (const attempt of attempts(image)) {
    const found = await readBarcodes(rgba(attempt), { formats: ['QRCode'], tryHarder: true });
    const texts = [...new Set(found.filter((code) => code.isValid).map((code) => code.text))];
    if (texts.length > 0) return accepted(texts);
  }
  return malformed('a picture of a QR code', 'one in which none can be read');
}

/** What a browser calls ImageData. */
type Pixels = Exclude<Parameters<typeof readBarcodes>[0], Uint8Array | ArrayBuffer | Blob>;

let isLoaded = false;

/** The decoder is WebAssembly; by itself it would look for its binary on the network. */
function loadDecoder(): void {
  if (isLoaded) return;
  const path = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');
  prepareZXingModule({ overrides: { wasmBinary: Uint8Array.from(readFileSync(path)).buffer } });
  isLoaded = true;
}

/** One number a pixel, 0 dark to 255 light. */
interface Grey {
  readonly width: number;
  readonly height: number;
  readonly luma: Float32Array;
}

/**
 * The picture as it is, then what helps against noise and few pixels a module: of 60 hard pictures
 * the first way reads 34, the second 56.
 */
function* attempts(image: Image): Generator<Grey> {
  const grey = greyOf(image);
  yield grey;
  const isSmall = image.width * image.height < 4e6;
  if (isSmall) yield softened(enlarged(grey), 2);
  yield softened(grey, 1);
  if (isSmall) yield softened(enlarged(grey), 1);
  yield softened(grey, 2);
  if (isSmall) yield softened(enlarged(grey), 3);
  if (isSmall) yield softened(enlarged(enlarged(grey)), 4);
  if (isSmall) yield softened(enlarged(grey), 1.5);
  if (isSmall) yield softened(enlarged(grey), 2.5);
}

function greyOf({ width, height, data }: Image): Grey {
  const luma = new Float32Array(width * height);
  for (let i = 0; i < luma.length; i += 1) {
    const [r, g, b] = [data[4 * i] as number, data[4 * i + 1] as number, data[4 * i + 2] as number];
    luma[i] = 0.299 * r + 0.587 * g + 0.114 * b;
  }
  return { width, height, luma };
}

function rgba({ width, height, luma }: Grey): Pixels {
  const data = new Uint8ClampedArray(4 * luma.length).fill(255);
  for (let i = 0; i < luma.length; i += 1) {
    const value = luma[i] as number;
    data[4 * i] = value;
    data[4 * i + 1] = value;
    data[4 * i + 2] = value;
  }
  return { width, height, data, colorSpace: 'srgb' } as Pixels;
}

/** By a normal distribution of so many pixels. */
function softened(grey: Grey, sigma: number): Grey {
  const reach = Math.ceil(2.5 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const kernel = Float32Array.from(weights, (weight) => weight / total);
  return along(along(grey, kernel, false), kernel, true);
}

/**
 * Each pixel the weighted mean of its row's, or of its column's; the edge goes on outside. PERF: no
 * calls in the inner loop.
 */
function along({ width, height, luma }: Grey, kernel: Float32Array, isDown: boolean): Grey {
  const reach = (kernel.length - 1) / 2;
  const [length, lines] = isDown ? [height, width] : [width, height];
  const [stride, lineStride] = isDown ? [width, 1] : [1, width];
  const out = new Float32Array(luma.length);
  for (let line = 0; line < lines; line += 1) {
    const start = line * lineStride;
    for (let place = 0; place < length; place += 1) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k += 1) {
        let from = place + k - reach;
        if (from < 0) from = 0;
        else if (from >= length) from = length - 1;
        sum += (kernel[k] as number) * (luma[start + from * stride] as number);
      }
      out[start + place * stride] = sum;
    }
  }
  return { width, height, luma: out };
}

/** Twice as wide and high; by linear interpolation, three quarters of the nearest pixel. */
function enlarged({ width, height, luma }: Grey): Grey {
  const wide = { width: 2 * width, height: 2 * height, luma: new Float32Array(4 * luma.length) };
  for (let y = 0; y < height; y += 1) {
    const rows = [y > 0 ? y - 1 : y, y, y + 1 < height ? y + 1 : y] as const;
    for (let x = 0; x < width; x += 1) {
      const [left, right] = [x > 0 ? x - 1 : x, x + 1 < width ? x + 1 : x];
      const near = luma[y * width + x] as number;
      const [beforeX, afterX] = [luma[y * width + left], luma[y * width + right]];
      for (let lower = 0; lower < 2; lower += 1) {
        const row = (lower === 0 ? rows[0] : rows[2]) * width;
        const at = (2 * y + lower) * wide.width + 2 * x;
        const over = 0.75 * near + 0.25 * (luma[row + x] as number);
        const overLeft = 0.75 * (beforeX as number) + 0.25 * (luma[row + left] as number);
        const overRight = 0.75 * (afterX as number) + 0.25 * (luma[row + right] as number);
        wide.luma[at] = 0.75 * over + 0.25 * overLeft;
        wide.luma[at + 1] = 0.75 * over + 0.25 * overRight;
      }
    }
  }
  return wide;
}

function pngPixels(bytes: Uint8Array): Image {
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes));
  return { width, height, data: onWhite(data) };
}

/** What can be seen through is paper. */
function onWhite(data: Buffer): Uint8Array {
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3] ?? 255;
    if (alpha === 255) continue;
    for (let c = i; c < i + 3; c += 1) {
      data[c] = Math.round(((data[c] ?? 0) * alpha + 255 * (255 - alpha)) / 255);
    }
    data[i + 3] = 255;
  }
  return data;
}

function jpegPixels(bytes: Uint8Array): Image {
  return decodeJpeg(bytes, {
    useTArray: true,
    maxResolutionInMP: mostMegapixels,
    maxMemoryUsageInMB: mostJpegMiB,
  });
}

function pngMegapixels(bytes: Uint8Array): number {
  if (bytes.length < 24) return 0;
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  return (header.getUint32(16) * header.getUint32(20)) / 1e6;
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

function malformed(expected: string, actual: string) {
  return refusals.malformed({ field: 'image', expected, actual });
}
