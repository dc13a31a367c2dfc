/** A node that closes an idle connection just when it is used again has not failed: ask again. */
import { setTimeout as sleep } from 'node:timers/promises';

const attempts = 5;
const pauseMs = 200;

/** Repeats what a closed connection cut off. Only for calls that may happen twice. */
export async function steadily<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt === attempts || !isCutOff(error)) throw error;
      await sleep(pauseMs * attempt, undefined, { signal });
    }
  }
}

function isCutOff(error: unknown): boolean {
  for (let cause = error; isRecord(cause); cause = cause.cause) {
    if (cause.code === 'ECONNRESET' || cause.code === 'UND_ERR_SOCKET') return true;
  }
  return false;
}

function isRecord(value: unknown): value is { readonly code?: unknown; readonly cause?: unknown } {
  return typeof value === 'object' && value !== null;
}
