import { randomOf } from '../../peer/bench/random.ts';
import { qrForTerminal, qrModules, qrPng, qrSvg, qrVersion } from '../draw.ts';
import { readCodes, readImage } from '../read.ts';
import { digestOf, isRead, png, textsIn } from './photo.ts';

test('the longest digest is version 6, and every way to draw it shows the same modules', async () => {
  const text = digestOf(randomOf(1));
  expect(text).toHaveLength(195);
  expect(qrVersion(text)).toBe(6);
  expect(await textsIn(qrPng(text))).toEqual([text]);
  expect(await textsIn(qrPng(text, 2))).toEqual([text]);
  const cells = qrForTerminal(text)
    .split('\n')
    .flatMap((line) => {
      // Between the two colour codes of the terminal.
      const row = [...line.slice(line.indexOf('m') + 1, line.lastIndexOf('\u001b'))];
      return [row.map((c) => c === '█' || c === '▀'), row.map((c) => c === '█' || c === '▄')];
    });
  expect(cells.slice(0, qrModules(text, 2).length)).toEqual(qrModules(text, 2));
  expect(qrSvg(text)).toMatch(/^<svg[^>]* viewBox="0 0 49 49"/);
});

test('S15 blurred, noisy, turned and askew pictures of the longest digest are read', async () => {
  const unread: number[] = [];
  // The first of the 500 that `make bench B=pictures` reads.
  for (let seed = 1; seed <= 8; seed += 1) {
    if (!(await isRead(seed))) unread.push(seed);
  }
  expect(unread).toEqual([]);
});

test('all codes of one picture are read', async () => {
  const random = randomOf(7);
  const texts = [digestOf(random), digestOf(random)];
  const images = texts.map((text) => {
    const image = readImage(qrPng(text, 6));
    if (!image.ok) throw new Error(image.message);
    return image.value;
  });
  const [width, height] = [images[0]?.width ?? 0, images[0]?.height ?? 0];
  const both = new Uint8Array(8 * width * height);
  images.forEach((image, i) => {
    for (let y = 0; y < height; y += 1) {
      const row = image.data.subarray(4 * y * width, 4 * (y + 1) * width);
      both.set(row, 4 * (2 * y * width + i * width));
    }
  });
  const found = await textsIn(png({ width: 2 * width, height, data: both }));
  expect(found.toSorted()).toEqual(texts.toSorted());
});

test.each<[string, Uint8Array, RegExp]>([
  ['no image', new TextEncoder().encode('GIF89a'), /image must be a PNG or JPEG file/],
  ['an empty file', new Uint8Array(0), /image must be a PNG or JPEG file/],
  ['half a PNG', qrPng('HELLO').slice(0, 200), /image must be a whole image/],
  ['half a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16), /image must be a whole image/],
])('%s is refused with a sentence', (_what, file, sentence) => {
  expect(readImage(file)).toMatchObject({ ok: false, message: expect.stringMatching(sentence) });
});

test('a PNG that says it has a million pixels a side takes no memory', () => {
  const file = qrPng('HELLO');
  new DataView(file.buffer, file.byteOffset).setUint32(16, 1_000_000);
  new DataView(file.buffer, file.byteOffset).setUint32(20, 1_000_000);
  expect(readImage(file)).toMatchObject({ ok: false });
});

test('a picture without a code says so', async () => {
  const grey = { width: 200, height: 200, data: new Uint8Array(160_000).fill(200) };
  expect(await readCodes(grey)).toMatchObject({
    ok: false,
    message: expect.stringContaining('QR code'),
  });
});
