/**
 * What the relay is measured against: two sockets that say the same first message are passed each
 * other's frames, and nothing else is done. Prints where it listens.
 */
import { type WebSocket, WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
const waiting = new Map<string, WebSocket>();

server.on('connection', (socket) => {
  let peer: WebSocket | undefined;
  socket.on('message', (data: Buffer, isBinary) => {
    if (peer !== undefined) {
      peer.send(data, { binary: isBinary });
      return;
    }
    const room = data.toString('hex');
    const other = waiting.get(room);
    if (other === undefined) {
      waiting.set(room, socket);
      socket.once('paired' as 'ping', (joiner: Buffer) => {
        peer = joiner as unknown as WebSocket;
      });
      return;
    }
    waiting.delete(room);
    peer = other;
    other.emit('paired', socket);
  });
  socket.on('close', () => peer?.close());
});

server.on('listening', () => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`${JSON.stringify({ relay: `ws://127.0.0.1:${port}` })}\n`);
});
