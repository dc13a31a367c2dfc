/** What typed reads share: asking a node at a height, absence as undefined, lists by pages. */
import { PageRequest } from 'cosmjs-types/cosmos/base/query/v1beta1/pagination';
import type { ProtoCodec } from '../../modules/_kernel/proto-codec.ts';
import type { ArtelNode } from './node.ts';
import { Refused } from './refusals.ts';

/** Where in a list to go on, and how far. */
export interface Page {
  /** `nextKey` of the page before. */
  readonly key?: Uint8Array;
  readonly limit?: bigint;
}

/** A page of a list; `nextKey` is undefined on the last one. */
export interface Paged<T> {
  readonly rows: readonly T[];
  readonly nextKey: Uint8Array | undefined;
}

export class Asking {
  readonly #node: ArtelNode;
  readonly #height: number | undefined;

  constructor(node: ArtelNode, height: number | undefined) {
    this.#node = node;
    this.#height = height;
  }

  async ask<Req, Res>(
    path: string,
    request: ProtoCodec<Req>,
    response: ProtoCodec<Res>,
    value: Req,
  ): Promise<Res> {
    return (await this.#node.query(path, request, response, value, this.#height)).response;
  }

  /** The chain refuses to answer for what does not exist. */
  async found<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof Refused && /code = NotFound/.test(error.sentence)) return undefined;
      throw error;
    }
  }
}

export function pageRequest({ key, limit }: Page): PageRequest {
  return PageRequest.fromPartial({ key: key ?? new Uint8Array(), limit: limit ?? 0n });
}

export function paged<T>(
  rows: readonly T[],
  pagination: { readonly nextKey: Uint8Array } | undefined,
): Paged<T> {
  const nextKey = pagination?.nextKey;
  return { rows, nextKey: nextKey === undefined || nextKey.length === 0 ? undefined : nextKey };
}
