/** The relay with all its checks, as a process of its own. Prints its port; ends with its input. */
import pino from 'pino';
import { Relay } from '../relay.ts';

const relay = await Relay.start({
  host: '127.0.0.1',
  port: 0,
  isOpen: false,
  secret: Buffer.from(process.argv[2] ?? '', 'hex'),
  logger: pino({ level: 'silent' }),
});
relay.metrics.watchProcess();
process.stdout.write(`${JSON.stringify({ port: relay.port })}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
