/**
 * Questions: hidden at a terminal, in order from a pipe, ended by Ctrl-C or the end of the input.
 */
import { PassThrough } from 'node:stream';
import type { CliContext } from '../context.ts';
import { ask, confirm } from '../prompt.ts';

interface Person {
  readonly context: CliContext;
  readonly type: (text: string) => void;
  readonly hangUp: () => void;
  readonly interrupt: () => void;
  /** Whether the terminal hides what is typed. */
  readonly raw: () => boolean;
}

function person(isTTY: boolean): Person {
  const stdin = new PassThrough();
  let raw = false;
  Object.assign(stdin, {
    isTTY,
    setRawMode: (on: boolean) => {
      raw = on;
    },
  });
  const abort = new AbortController();
  const context: CliContext = {
    env: {},
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: new PassThrough() as unknown as NodeJS.WriteStream,
    stderr: new PassThrough().resume() as unknown as NodeJS.WriteStream,
    signal: abort.signal,
  };
  return {
    context,
    type: (text) => void stdin.write(text),
    hangUp: () => void stdin.end(),
    interrupt: () => abort.abort(new Error('SIGINT')),
    raw: () => raw,
  };
}

test('a hidden answer is typed in raw mode, corrected with backspace, and the mode is left', async () => {
  const { context, type, raw } = person(true);
  const answer = ask(context, 'Passphrase: ', true);
  expect(raw()).toBe(true);
  type('secrex');
  type('\u007f');
  type('t\r');
  expect(await answer).toBe('secret');
  expect(raw()).toBe(false);
});

test('a hidden question may follow an open one', async () => {
  const { context, type } = person(true);
  const sure = confirm(context, 'Sure?');
  type('Yes\n');
  expect(await sure).toBe(true);
  const answer = ask(context, 'Passphrase: ', true);
  type('secret\r');
  expect(await answer).toBe('secret');
});

test.each(['', 'n', 'yeah', 'nyes'])('"%s" is no yes', async (text) => {
  const { context, type } = person(true);
  const sure = confirm(context, 'Sure?');
  type(`${text}\n`);
  expect(await sure).toBe(false);
});

test('a pipe answers line by line, and its end is an error', async () => {
  const { context, type, hangUp } = person(false);
  type('one\ntwo\n');
  hangUp();
  expect(await ask(context, 'First: ')).toBe('one');
  expect(await ask(context, 'Second: ', true)).toBe('two');
  await expect(ask(context, 'Third: ')).rejects.toThrow('the input ended');
});

test('Ctrl-C ends a question, at the terminal as a key and else as a signal', async () => {
  const hidden = person(true);
  const answer = ask(hidden.context, 'Passphrase: ', true);
  hidden.type('sec\u0003');
  await expect(answer).rejects.toMatchObject({ message: 'interrupted', exitCode: 130 });
  expect(hidden.raw()).toBe(false);

  const open = person(true);
  const sure = confirm(open.context, 'Sure?');
  open.interrupt();
  await expect(sure).rejects.toMatchObject({ exitCode: 130 });
  await expect(ask(open.context, 'Again: ')).rejects.toMatchObject({ exitCode: 130 });
});

test('where nobody is, nobody is asked to confirm', async () => {
  await expect(confirm(person(false).context, 'Sure?')).rejects.toMatchObject({
    message: 'nobody is at the terminal to confirm this',
    hint: expect.stringContaining('-y'),
  });
});
