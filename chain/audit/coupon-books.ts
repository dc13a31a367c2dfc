/** Coupons (002, points 18 and 21 to 25; D2.10 to D2.18), computed again from lines of hours. */
import type { Components } from './components.ts';
import { floor, fraction } from './fraction.ts';
import type { Goods } from './goods.ts';
import { type LineEntry, lengthOf } from './hours.ts';
import type { Fields } from './reading.ts';
import { Sums } from './reading.ts';
import type { Segments } from './segments.ts';

type Complain = (problem: string) => void;

interface Params {
  readonly wMaxNum: string;
  readonly wMaxDen: string;
  readonly surplusMaxNum: string;
  readonly surplusMaxDen: string;
}

interface RevisionFields {
  readonly revision: string;
  readonly component: string;
  readonly segment: string;
  readonly aMs: string;
  readonly cMs: string;
  readonly wMs: string;
  readonly debtBeforeMs: string;
  readonly netMs: string;
  readonly debtAfterMs: string;
  readonly residueMs: string;
}

/** f of D2.14, and what each workload of a collective gets by it. */
interface Share {
  readonly credits: Map<bigint, bigint>;
  left: bigint;
}

interface Ledger {
  debt: bigint;
  next: bigint;
}

export class CouponBooks {
  /** By `wallet of collective`. */
  readonly #balances = new Sums();
  readonly #ledgers = new Map<bigint, Ledger>();
  /** By `collective/segment`. */
  readonly #shares = new Map<string, Share>();
  readonly #params: { readonly from: bigint; readonly params: Params }[] = [];
  readonly #components: Components;
  readonly #goods: Goods;
  readonly #segments: Segments;
  readonly #complain: Complain;

  constructor(o: {
    readonly components: Components;
    readonly goods: Goods;
    readonly segments: Segments;
    readonly complain: Complain;
  }) {
    this.#components = o.components;
    this.#goods = o.goods;
    this.#segments = o.segments;
    this.#complain = o.complain;
  }

  take(type: string, fields: Fields): boolean {
    const rule = this.#rules[type];
    if (rule === undefined) return false;
    rule(fields);
    return true;
  }

  /** D of a component. */
  debtOf(component: bigint): bigint {
    return this.#ledgers.get(component)?.debt ?? 0n;
  }

  /** The first segment that a component has no revision of. */
  nextOf(component: bigint): bigint {
    return this.#ledgers.get(component)?.next ?? 0n;
  }

  /** K of row 2-N1 by collective: balances and what can be claimed. */
  couponsByCollective(): Sums {
    const sums = new Sums();
    for (const [name, amount] of this.#balances.entries()) {
      sums.add(name.split(' of ')[1] ?? '', amount);
    }
    for (const [name, { left }] of this.#shares) sums.add(name.split('/')[0] ?? '', left);
    return sums;
  }

  *figures(): Iterable<readonly [name: string, value: bigint]> {
    for (const [name, amount] of this.#balances.entries()) yield [`coupons ${name}`, amount];
    for (const [name, { left }] of this.#shares) yield [`claimable of ${name}`, left];
    for (const [component, { debt }] of this.#ledgers) yield [`debt of ${component}`, debt];
  }

  readonly #rules: Readonly<Record<string, (fields: Fields) => void>> = {
    ParametersSet: (f) => {
      this.#params.push({ from: f.number('from_segment'), params: f.json('params') as Params });
      const era = f.json('era') as
        | {
            readonly firstSegment: string;
            readonly startMs: string;
            readonly segmentLengthMs: string;
          }
        | undefined;
      if (era === undefined) return;
      const { firstSegment, startMs, segmentLengthMs } = era;
      this.#segments.begin(BigInt(firstSegment), BigInt(startMs), BigInt(segmentLengthMs));
    },
    SegmentRevised: (f) => this.#revise(f),
    SegmentsPassed: (f) => {
      const component = f.number('component');
      this.#ledgers.set(component, {
        debt: this.debtOf(component),
        next: f.number('to_segment') + 1n,
      });
    },
    DebtCarried: (f) => {
      this.#ledgers.set(f.number('component'), {
        debt: f.number('debt_ms'),
        next: f.number('next_segment'),
      });
    },
    LedgerEnded: (f) => {
      this.#ledgers.delete(f.number('component'));
    },
    CouponsExpired: (f) => {
      const [component, amount] = [f.number('component'), f.number('amount_ms')];
      const name = `${f.number('collective')}/${f.number('segment')}`;
      const share = this.#shares.get(name);
      this.#told(`what expires of ${name}`, amount, share?.left ?? 0n);
      this.#shares.delete(name);
      this.#ledgers.set(component, {
        debt: this.debtOf(component) - amount,
        next: this.nextOf(component),
      });
    },
    CouponsClaimed: (f) => {
      const [workload, collective] = [f.number('workload'), f.number('collective')];
      const share = this.#shares.get(`${collective}/${f.number('segment')}`);
      const due = share?.credits.get(workload);
      if (share === undefined || due === undefined) {
        this.#complain(`workload ${workload} is claimed, and nothing is due for it`);
        return;
      }
      this.#told(`coupons for workload ${workload}`, f.number('amount_ms'), due);
      share.credits.delete(workload);
      share.left -= due;
      this.#balances.add(`${f.text('wallet')} of ${collective}`, due);
    },
    CouponsAppropriated: (f) => {
      const [wallet, store] = [f.text('wallet'), f.number('store')];
      let left = f.number('amount_ms');
      // The oldest origins first, of those that trust reaches (D2.18).
      for (const origin of this.#components.members(this.#components.of(store))) {
        const has = this.#balances.get(`${wallet} of ${origin}`);
        const part = least(has, left);
        this.#balances.add(`${wallet} of ${origin}`, -part);
        left -= part;
      }
      if (left !== 0n) this.#complain(`${wallet} spends ${left} ms that it does not have`);
      this.#goods.stores.add(`${store}`, f.number('amount_ms'));
    },
    SupplyCounted: (f) => {
      const { balanceMs } = f.json('supply') as { readonly balanceMs: string };
      const members = this.#components.members(f.number('component'));
      const held = [...this.#balances.entries()].filter(([name]) =>
        members.includes(BigInt(name.split(' of ')[1] ?? '')),
      );
      const sum = held.reduce((total, [, amount]) => total + amount, 0n);
      this.#told('the supply of coupons', BigInt(balanceMs), sum);
    },
    GuardiansSet: () => {},
    RecoveryApproved: () => {},
    WalletRecovered: () => {},
  };

  /** Every figure of a revision, and what each of its workloads can claim (D2.10 to D2.14). */
  #revise(fields: Fields): void {
    const told = fields.json('revision') as RevisionFields;
    const [component, segment] = [BigInt(told.component), BigInt(told.segment)];
    const accounts = this.#components
      .members(component)
      .map((collective) => ({ collective, account: this.#goods.account(collective, segment) }));
    const total = (of: (each: (typeof accounts)[number]) => bigint): bigint =>
      accounts.reduce((sum, each) => sum + of(each), 0n);
    const a = total(({ account }) => lengthOf(account.line));
    const c = total(({ account }) => account.c);
    const w = total(({ account }) => account.w);
    const debt = this.debtOf(component);
    const { wMax, surplusMax } = this.#limitsAt(segment);
    const owed = w + debt;
    const due = owed > 0n ? least(owed, floor(fraction(a * wMax.above, wMax.below))) : owed;
    const most = a + floor(fraction(a * surplusMax.above, surplusMax.below));
    const net = least(a - c - due < 0n ? 0n : a - c - due, most);

    let [offset, credited] = [0n, 0n];
    for (const { collective, account } of accounts) {
      const credits = creditsOf(account.line, offset, a, net);
      const sum = [...credits.values()].reduce((one, other) => one + other, 0n);
      if (credits.size > 0) this.#shares.set(`${collective}/${segment}`, { credits, left: sum });
      credited += sum;
      offset += lengthOf(account.line);
    }
    const after = debt + c + w - (a - net) - (net - credited);
    const what = `revision ${told.revision} of component ${component} and segment ${segment}`;
    for (const [figure, given, right] of [
      ['a', told.aMs, a],
      ['c', told.cMs, c],
      ['w', told.wMs, w],
      ['debt before', told.debtBeforeMs, debt],
      ['net', told.netMs, net],
      ['residue', told.residueMs, net - credited],
      ['debt after', told.debtAfterMs, after],
    ] as const) {
      this.#told(`${figure} of ${what}`, BigInt(given), right);
    }
    this.#ledgers.set(component, { debt: after, next: segment + 1n });
  }

  #limitsAt(segment: bigint) {
    const { params } = this.#params.findLast(({ from }) => from <= segment) ?? {};
    const number = (text: string | undefined, otherwise: bigint): bigint =>
      text === undefined ? otherwise : BigInt(text);
    return {
      wMax: fraction(number(params?.wMaxNum, 1n), number(params?.wMaxDen, 10n)),
      surplusMax: fraction(number(params?.surplusMaxNum, 1n), number(params?.surplusMaxDen, 10n)),
    };
  }

  #told(what: string, told: bigint, due: bigint): void {
    if (told !== due) this.#complain(`${what}: the chain says ${told}, ${due} is due`);
  }
}

/** By workload, f(S_i) - f(S_(i-1)) with f(x) = floor((O + x) * net / a); none for a pair. */
function creditsOf(
  line: readonly LineEntry[],
  offset: bigint,
  a: bigint,
  net: bigint,
): Map<bigint, bigint> {
  const gone = new Set(line.filter(({ back }) => back).map(({ workload }) => workload));
  const f = (x: bigint): bigint => (a === 0n ? 0n : floor(fraction((offset + x) * net, a)));
  const credits = new Map<bigint, bigint>();
  let at = 0n;
  for (const { workload, amount, back } of line) {
    const next = back ? at - amount : at + amount;
    if (!gone.has(workload)) credits.set(workload, f(next) - f(at));
    at = next;
  }
  return credits;
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
