/** Line charts as SVG, without a script: readable in any browser and in print. */

export interface Series {
  readonly name: string;
  /** In the order of x. Undefined: the line breaks, for nothing is known there. */
  readonly points: readonly (readonly [x: number, y: number | undefined])[];
}

export interface Mark {
  readonly x: number;
  readonly text: string;
  readonly bad: boolean;
}

export interface ChartOptions {
  readonly title: string;
  readonly series: readonly Series[];
  /** Vertical lines, each with its text as a tooltip. */
  readonly marks: readonly Mark[];
  /** The right end, so that charts of one report can be laid over each other. */
  readonly untilX: number;
  readonly height?: number;
}

const width = 960;
const margin = { left: 64, right: 12, top: 24, bottom: 22 };
/** Told apart also by those who see no red and green (Okabe and Ito). */
const colors = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7f7f7f'];

/** One chart; x is milliseconds. */
export function lineChart({ title, series, marks, untilX, height = 200 }: ChartOptions): string {
  const all = series.flatMap(({ points }) => points.flatMap(([, y]) => y ?? []));
  const low = all.length === 0 ? 0 : Math.min(...all);
  const high = Math.max(low + 1, ...all);
  const inner = { w: width - margin.left - margin.right, h: height - margin.top - margin.bottom };
  const x = (value: number): string =>
    (margin.left + (inner.w * value) / Math.max(1, untilX)).toFixed(1);
  const y = (value: number): string =>
    (margin.top + inner.h - (inner.h * (value - low)) / (high - low)).toFixed(1);
  const bottom = margin.top + inner.h;
  const parts = [
    `<text x="${margin.left}" y="14" class="title">${escapeHtml(title)}</text>`,
    `<path d="M${margin.left} ${margin.top}V${bottom}H${width - margin.right}" class="axis"/>`,
    ...[low, high].map(
      (value) =>
        `<text x="${margin.left - 6}" y="${Number(y(value)) + 4}" class="label end">` +
        `${shortNumber(value)}</text>`,
    ),
    ...steps(untilX).map(
      (at) => `<text x="${x(at)}" y="${bottom + 15}" class="label middle">${at / 1000} s</text>`,
    ),
    ...marks.map(
      (mark) =>
        `<path d="M${x(mark.x)} ${margin.top}V${bottom}" class="${mark.bad ? 'bad' : 'mark'}">` +
        `<title>${escapeHtml(mark.text)}</title></path>`,
    ),
    ...series.map(({ name, points }, index) => {
      const path = points.map(([px, py], at) => {
        if (py === undefined) return '';
        return `${points[at - 1]?.[1] === undefined ? 'M' : 'L'}${x(px)} ${y(py)}`;
      });
      return (
        `<path d="${path.join('')}" class="line" stroke="${colors[index % colors.length]}">` +
        `<title>${escapeHtml(name)}</title></path>`
      );
    }),
    ...series.map(
      ({ name }, index) =>
        `<text x="${width - margin.right - (series.length - index) * 60}" y="14" class="label" ` +
        `fill="${colors[index % colors.length]}">${escapeHtml(name)}</text>`,
    ),
  ];
  const label = escapeHtml(title);
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${parts.join('')}</svg>`;
}

/** At most ten round seconds. */
function steps(untilX: number): readonly number[] {
  const size = [1, 2, 5, 10, 20, 60, 120, 300].find((s) => untilX / (s * 1000) <= 10) ?? 600;
  const count = Math.floor(untilX / (size * 1000));
  return Array.from({ length: count + 1 }, (_, index) => index * size * 1000);
}

function shortNumber(value: number): string {
  if (Math.abs(value) >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (Math.abs(value) >= 1e4) return `${(value / 1e3).toFixed(0)}k`;
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign);
}
