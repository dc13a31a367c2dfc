/** The relay's metrics as Prometheus reads them. They name no token, no address and no person. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export class RelayMetrics {
  readonly registry = new Registry();
  readonly opened: Counter;
  readonly joined: Counter;
  /** First frames that led nowhere, by the reason that the client was told. */
  readonly refused: Counter<'reason'>;
  readonly ended: Counter<'reason'>;
  readonly pauses: Counter<'reason'>;
  readonly roomSeconds: Histogram;
  /** PERF: plain numbers on the way of every frame; read when Prometheus asks. */
  frames = 0;
  bytes = 0;

  constructor(rooms: () => { readonly waiting: number; readonly joined: number }) {
    const registers = [this.registry];
    const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
      new Counter<L>({ name, help, labelNames, registers });
    this.opened = counter('artel_relay_rooms_opened_total', 'rooms opened');
    this.joined = counter('artel_relay_rooms_joined_total', 'rooms joined by the other side');
    this.refused = counter('artel_relay_refused_total', 'first frames refused', ['reason']);
    this.ended = counter('artel_relay_rooms_ended_total', 'rooms ended', ['reason']);
    this.pauses = counter('artel_relay_pauses_total', 'times that a sender was held back', [
      'reason',
    ]);
    this.roomSeconds = new Histogram({
      name: 'artel_relay_room_seconds',
      help: 'from joining to the end of a room',
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
      registers,
    });
    new Gauge({
      name: 'artel_relay_rooms',
      help: 'rooms right now',
      labelNames: ['state'],
      registers,
      collect() {
        const { waiting, joined } = rooms();
        this.set({ state: 'waiting' }, waiting);
        this.set({ state: 'joined' }, joined);
      },
    });
    this.#total('artel_relay_frames_total', 'frames passed on', () => this.frames);
    this.#total('artel_relay_bytes_total', 'bytes of frames passed on', () => this.bytes);
  }

  /** Those of the process and its event loop too: once a process. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  #total(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }
}
