/**
 * secp256k1 signatures verified by threads, in batches. Only what is right is told, and only to a
 * memory: whoever does not find a verdict there computes it, so threads change time and nothing
 * else.
 */
import { Piscina } from 'piscina';

/** What is asked: 64-byte signature, 32-byte digest, 33-byte key. */
export interface EcdsaQuestion {
  readonly signature: Uint8Array;
  readonly digest: Uint8Array;
  readonly publicKey: Uint8Array;
  /** Called when the signature is right. */
  readonly remember: () => void;
}

/** Bytes of a question as it goes to a thread. */
export const questionBytes = 64 + 32 + 33;

/** PERF: a message to a thread and back costs as much as half a verification. */
const largestBatch = 64;
const leastBatch = 4;

/**
 * Batches that a thread has before it: it goes on to the next without waiting for the thread of the
 * blocks, which is busy whenever there is much to verify.
 */
const batchesAhead = 16;

const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? './signature-worker.ts' : './signature-worker.js',
  import.meta.url,
);

interface Batch {
  readonly questions: EcdsaQuestion[];
  readonly done: Promise<void>;
  readonly close: () => void;
}

export class SignaturePool {
  readonly #pool: Piscina<Uint8Array, Uint8Array>;
  #batch: Batch | undefined;

  constructor(threads: number) {
    this.#pool = new Piscina({
      filename: workerFile.href,
      name: 'verify',
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: batchesAhead,
    });
  }

  /** Resolves when the question is answered, or left to whoever needs the answer. */
  ask(question: EcdsaQuestion): Promise<void> {
    const batch = this.#batch ?? this.#open();
    batch.questions.push(question);
    if (batch.questions.length === largestBatch) batch.close();
    return batch.done;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  /** A batch ends when it is full, or with the present turn of the event loop. */
  #open(): Batch {
    const questions: EcdsaQuestion[] = [];
    let close = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      let closed = false;
      close = () => {
        if (closed) return;
        closed = true;
        this.#batch = undefined;
        resolve(this.#answer(questions));
      };
    });
    setImmediate(close);
    this.#batch = { questions, done, close };
    return this.#batch;
  }

  async #answer(questions: readonly EcdsaQuestion[]): Promise<void> {
    if (questions.length < leastBatch) return;
    const packed = new Uint8Array(questions.length * questionBytes);
    for (const [index, { signature, digest, publicKey }] of questions.entries()) {
      const at = index * questionBytes;
      packed.set(signature, at);
      packed.set(digest, at + 64);
      packed.set(publicKey, at + 96);
    }
    const right = await this.#pool.run(packed, { transferList: [packed.buffer] });
    for (const [index, question] of questions.entries()) {
      if (right[index] === 1) question.remember();
    }
  }
}
