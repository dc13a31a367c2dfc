/** QR codes on sheets of A4, six each, as HTML that any browser prints. */
import { qrSvg } from './draw.ts';

const aPage = 6;

export function qrPages(texts: readonly string[]): string {
  const cells = texts.map(
    (text, i) =>
      `<figure>${qrSvg(text)}<figcaption>${i + 1} / ${texts.length}</figcaption></figure>`,
  );
  const sheets = Array.from({ length: Math.ceil(cells.length / aPage) }, (_, i) => {
    return `<section>${cells.slice(i * aPage, (i + 1) * aPage).join('\n')}</section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${texts.length} codes</title><style>
@page { size: A4; margin: 10mm }
body { margin: 0; font: 10pt sans-serif }
section { display: grid; grid-template-columns: repeat(2, 88mm); gap: 3mm 8mm; break-after: page }
figure { margin: 0; text-align: center } figure svg { width: 84mm; height: 84mm }
</style></head><body>
${sheets.join('\n')}
</body></html>
`;
}
