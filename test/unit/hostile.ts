import fc from 'fast-check'

/** Texts that break a program where they are not quoted; each leaves a file behind if it runs. */
export const hostile: readonly string[] = [
  '$(touch ran)',
  '`touch ran`',
  "'; touch ran; '",
  '"; touch ran; "',
  '; touch ran',
  '\ntouch ran\n',
  '& touch ran',
  '| touch ran',
  '> ran',
  '&& touch ran #',
  "'\\''",
  "'",
  '"',
  '\\',
  '\\\\',
  "\\'",
  '-n',
  '--help',
  '*',
  '~',
  '!!',
  '#',
  '$HOME',
  '${HOME',
  '}',
  '}\ntouch ran\n{',
  '$((1))',
  '<(touch ran)',
  'HELP',
  'HELP\ntouch ran',
  '\nHELP\ntouch ran\n',
  '{{lib}}',
  '{{{lib}}}',
  '{{#each needs}}',
  '$1',
  '$&',
  '$`',
  '\r',
  'a\r\nb',
  '\t',
  '\x01',
  '\x7f',
  '\u2028',
  '\u00a0',
  'è ✓ 😀',
  'a'.repeat(5000),
]

/** Any code point that can stand alone. The unit 'binary' means the same, but takes seconds to list them all. */
const character = fc
  .integer({ min: 0, max: 0x10ffff - 0x800 })
  .map((number) => String.fromCodePoint(number < 0xd800 ? number : number + 0x800))

/** Any text without NUL, often made of pieces that mean something to bash. */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: character }), fc.string()), { maxLength: 5 })
  .map((pieces) => pieces.join('').replaceAll('\0', ''))
