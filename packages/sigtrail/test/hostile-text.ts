import type { ParsedPage } from './parse-page.ts';

/** Everything that could end an element, an attribute, a comment, a style or a line, or hide what is there. */
export const HOSTILE: readonly string[] = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  `' onmouseover='alert(1)`,
  '</style><script>alert(1)</script><!--',
  '</title></svg><svg onload=alert(1)>',
  ']]><?x ?><![CDATA[<b>',
  'javascript:alert(1)',
  'https://evil.test/<b>',
  'a\u202eb\u2066\u0000\u001b]8;;https://evil.test\u0007\r\n\u2028\u{e0041}',
  '${alert(1)}{{x}}`',
  '&lt;script&gt;&#60;',
  'x'.repeat(100_000),
  '\u202e'.repeat(3000),
];

/** The same report with another text in the place of every text but the words that say what it is. */
export function withEveryText(value: unknown, text: string, keep: ReadonlySet<string>, key = ''): unknown {
  if (typeof value === 'string') return keep.has(key) ? value : text;
  if (Array.isArray(value)) return value.map((one) => withEveryText(one, text, keep, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => {
      const changed = withEveryText(one, text, keep, name);
      // Names of annotations and claims are texts of strangers, too.
      return key === 'annotations' || key === 'claims' ? [[`${name}${text}`, changed]] : [[name, changed]];
    }),
  );
}

/** What no page may have, wherever it came from. */
export const FORBIDDEN: RegExp =
  /<script|[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029]/;

/** The elements of a page, each with the names of its attributes. */
export function shapeOf({ elements }: ParsedPage): readonly string[] {
  return elements.map(({ name, attributes }) => `${name} ${Object.keys(attributes).join(' ')}`);
}
