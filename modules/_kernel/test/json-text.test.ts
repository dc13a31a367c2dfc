/** JSON walked in its bytes says what JSON.parse says. */
import fc from 'fast-check';
import { JsonText } from '../json-text.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Everything again, by the walk alone. */
function walked(text: JsonText): unknown {
  if (text.isList) return Array.from(text.items(), walked);
  if (!text.isObject) return text.value();
  return Object.fromEntries(Array.from(text.members(), ([name, value]) => [name, walked(value)]));
}

test('any JSON, with any space, is walked as it is parsed', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('', ' ', '\n\t', '  '), (value, space) => {
      const text = `${space}${JSON.stringify(value, null, space)}${space}`;
      expect(walked(JsonText.of(bytesOf(text)))).toEqual(JSON.parse(text));
    }),
  );
});

test.each([
  '',
  '{',
  '[1,',
  '{"a"}',
  '{"a":1,}',
  '[1 2]',
  '{"a" 1}',
  '"open',
  '[1]]',
  '{a:1}',
  '[,]',
])('what is no JSON is refused: %s', (text) => {
  expect(() => walked(JsonText.of(bytesOf(text)))).toThrow(SyntaxError);
});

test('brackets and quotes within texts are only text', () => {
  const text = '{"a": "]}\\"[", "b\\"": ["{"]}';
  expect(walked(JsonText.of(bytesOf(text)))).toEqual(JSON.parse(text));
});
