/** A relay as a QR code says it, host[:port][/path], and as the WebSocket URL that it means. */
import { relayProblem } from '../core/qr.ts';
import { accepted, type Result, refusals } from '../core/refusals.ts';

const tlsPort = 443;

/** Without a port, and on 443, TLS is spoken; on any other port it is not. */
export function relayUrl(relay: string): Result<string> {
  const problem = relayProblem(relay);
  if (problem !== undefined) return problem;
  const hostAndPort = relay.split('/', 1)[0] ?? '';
  const port = /:(\d+)$/.exec(hostAndPort)?.[1];
  const isTls = port === undefined || Number(port) === tlsPort;
  const url = `${isTls ? 'wss' : 'ws'}://${relay}`;
  return isUrlOf(url, hostAndPort) ? accepted(url) : malformed(relay);
}

/** What a QR code says for a relay that was given as a URL or in the short form. */
export function relayText(given: string): Result<string> {
  const match = /^(?:(wss?):\/\/)?([^/]+)(\/.*)?$/.exec(given);
  if (match === null) return malformed(given);
  const [, scheme, host = '', path = ''] = match;
  const hasPort = /:\d+$/.test(host);
  const plain = scheme === 'ws' && !hasPort ? `${host}:80` : host;
  const text = `${plain}${path === '/' ? '' : path}`;
  const url = relayUrl(text);
  return url.ok ? accepted(text) : url;
}

/** Whether a URL says TLS where its short form means none, or the other way round. */
export function needsUrl(given: string): boolean {
  const scheme = /^(wss?):\/\//.exec(given)?.[1];
  if (scheme === undefined) return false;
  const text = relayText(given);
  const meant = text.ok ? relayUrl(text.value) : text;
  return meant.ok && !meant.value.startsWith(`${scheme}:`);
}

/** The URL to connect to: as given where it says how, else what the short form means. */
export function connectUrl(given: string): Result<string> {
  if (!/^wss?:\/\//.test(given)) return relayUrl(given);
  return URL.canParse(given) ? accepted(given) : malformed(given);
}

/** A URL may not smuggle in a name, a question or another host. */
function isUrlOf(url: string, hostAndPort: string): boolean {
  if (!URL.canParse(url) || hostAndPort === '') return false;
  const { username, password, search, hash, port } = new URL(url);
  const isTooHigh = port !== '' && Number(port) === 0;
  return `${username}${password}${search}${hash}` === '' && !isTooHigh && !url.includes('@');
}

function malformed(text: string) {
  return refusals.malformed({
    field: 'relay',
    expected: 'host[:port][/path]',
    actual: `"${text.slice(0, 60)}"`,
  });
}
