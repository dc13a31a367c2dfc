/** QR codes of digests and pages: for a terminal, as SVG, as PNG. */
import { PNG } from 'pngjs';
import { encodeQR } from 'qr';

/** Quiet zone in modules, as the standard asks. */
const border = 4;

/** For a text in base45: alphanumeric mode, error correction L, the smallest version that fits. */
export function qrModules(text: string, quiet = border): boolean[][] {
  return encodeQR(text, 'raw', { ecc: 'low', encoding: 'alphanumeric', border: quiet });
}

/** The version of the code, 1 to 40. */
export function qrVersion(text: string): number {
  return (qrModules(text, 1).length - 2 - 17) / 4;
}

/** Two modules a character, dark on light whatever the colours of the terminal. */
export function qrForTerminal(text: string): string {
  const modules = qrModules(text, 2);
  const dark = (row: number, column: number): boolean => modules[row]?.[column] ?? false;
  const lines: string[] = [];
  for (let row = 0; row < modules.length; row += 2) {
    const cells = Array.from({ length: modules.length }, (_, column) => {
      const [upper, lower] = [dark(row, column), dark(row + 1, column)];
      if (upper) return lower ? '█' : '▀';
      return lower ? '▄' : ' ';
    });
    lines.push(`\u001b[30;107m${cells.join('')}\u001b[0m`);
  }
  return lines.join('\n');
}

export function qrSvg(text: string): string {
  return encodeQR(text, 'svg', { ecc: 'low', encoding: 'alphanumeric', border });
}

/** `scale` pixels a module. */
export function qrPng(text: string, scale = 8): Uint8Array {
  const modules = qrModules(text);
  const width = modules.length * scale;
  const png = new PNG({ width, height: width, colorType: 0 });
  for (let y = 0; y < width; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const isDark = modules[Math.floor(y / scale)]?.[Math.floor(x / scale)] ?? false;
      png.data.fill(isDark ? 0 : 255, 4 * (y * width + x), 4 * (y * width + x) + 3);
      png.data[4 * (y * width + x) + 3] = 255;
    }
  }
  return PNG.sync.write(png, { colorType: 0 });
}
