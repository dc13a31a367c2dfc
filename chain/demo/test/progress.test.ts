import { progressOn } from '../progress.ts';

function recorded(isTTY: boolean) {
  const written: string[] = [];
  const output = { isTTY, write: (text: string) => written.push(text) };
  let now = 0;
  return { written, progress: progressOn(output, () => now), later: (ms: number) => (now += ms) };
}

test('a terminal sees a bar, not more often than it can be read', () => {
  const { written, progress, later } = recorded(true);
  progress.begin('signing', 60);
  for (let step = 0; step < 30; step += 1) progress.step();
  later(100);
  progress.step(15);
  progress.end();
  expect(written).toEqual([
    `\rsigning                      [${'.'.repeat(30)}] 0/60 `,
    `\rsigning                      [${'#'.repeat(23)}${'.'.repeat(7)}] 45/60 `,
    `\rsigning                      [${'#'.repeat(23)}${'.'.repeat(7)}] 45/60 `,
    '\n',
  ]);
});

test('a file gets one line for each piece of work', () => {
  const { written, progress, later } = recorded(false);
  progress.say('refused 2 loops: line 1, 5');
  progress.begin('signing', 60);
  later(1000);
  progress.step(60);
  progress.end();
  expect(written).toEqual(['refused 2 loops: line 1, 5\n', 'signing: 60\n']);
});
