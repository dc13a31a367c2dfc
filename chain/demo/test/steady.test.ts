import { steadily } from '../steady.ts';

const signal = new AbortController().signal;
const cutOff = new TypeError('fetch failed', { cause: { code: 'UND_ERR_SOCKET' } });

test('a call that was cut off is made again', async () => {
  let calls = 0;
  const call = async (): Promise<number> => {
    calls += 1;
    if (calls < 3) throw cutOff;
    return calls;
  };
  expect(await steadily(call, signal)).toBe(3);
});

test('a node that is gone, and any other failure, is told', async () => {
  let calls = 0;
  const fail = (error: Error) => async (): Promise<never> => {
    calls += 1;
    throw error;
  };
  await expect(steadily(fail(cutOff), signal)).rejects.toBe(cutOff);
  expect(calls).toBe(5);
  const refused = new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } });
  await expect(steadily(fail(refused), signal)).rejects.toBe(refused);
  expect(calls).toBe(6);
});
