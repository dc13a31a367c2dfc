/** Tells how far a long piece of work is: a bar where a person looks on, plain lines elsewhere. */

export interface Progress {
  /** A piece of work of `total` steps begins. */
  begin(what: string, total: number): void;
  step(count?: number): void;
  end(): void;
  /** A line beside the bar. */
  say(line: string): void;
}

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const barWidth = 30;
/** A terminal is written to at most so often. */
const refreshMs = 100;

export function progressOn(output: Output, nowMs: () => number): Progress {
  let [work, total, done, shownAt] = ['', 0, 0, 0];
  const counted = (): string => `${done}/${total}`;
  const show = (): void => {
    shownAt = nowMs();
    const filled = Math.round(barWidth * Math.min(1, done / Math.max(1, total)));
    const bar = `${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}`;
    output.write(`\r${work.padEnd(28)} [${bar}] ${counted()} `);
  };
  return {
    begin(what, count) {
      [work, total, done] = [what, count, 0];
      if (output.isTTY === true) show();
      else output.write(`${work}: ${total}\n`);
    },
    step(count = 1) {
      done += count;
      if (output.isTTY === true && nowMs() - shownAt >= refreshMs) show();
    },
    end() {
      if (output.isTTY !== true) return;
      show();
      output.write('\n');
    },
    say(line) {
      output.write(`${line}\n`);
    },
  };
}

/** For callers that want no word. */
export const silent: Progress = { begin() {}, step() {}, end() {}, say() {} };
