import { RE2JS } from 're2js';
import { optionError } from '@sigtrail/encoding';

/** A pattern over a text. Only `glob()`, `re2()` and `re2Search()` make one. */
export interface Pattern {
  readonly kind: 'glob' | 're2' | 're2Search';
  readonly source: string;
}

const compiled = new WeakMap<Pattern, RE2JS>();

/** `*` stops at `/`, `**` doesn't, `?` is one character except `/`; everything else is literal. The whole text must match. */
export function glob(source: string): Pattern {
  assertSource('glob', source);
  const translated = source.replaceAll(/\*\*|\*|\?|[^*?]+/g, (part) =>
    part === '**' ? '(?s:.*)' : part === '*' ? '[^/]*' : part === '?' ? '[^/]' : RE2JS.quote(part),
  );
  return remember({ kind: 'glob', source }, translated);
}

/** An RE2 expression over the whole text, in linear time (`re2js`): no look-around, no back-references, no need to anchor. */
export function re2(source: string): Pattern {
  assertSource('re2', source);
  return remember({ kind: 're2', source }, source);
}

/**
 * An RE2 expression that may match *anywhere* in the text, like cosign's `--certificate-identity-regexp`. Only for policies that came from
 * cosign: a signer who chooses the text around the match passes too, and `lintPolicy` says so. Write `re2()` or `glob()` instead.
 */
export function re2Search(source: string): Pattern {
  assertSource('re2Search', source);
  return remember({ kind: 're2Search', source }, source);
}

/** Whether `glob()`, `re2()` or `re2Search()` made this value. */
export function isPattern(value: unknown): value is Pattern {
  return typeof value === 'object' && value !== null && compiled.has(value as Pattern);
}

/** Exact for strings, whole-match for `glob` and `re2`, anywhere for `re2Search`. */
export function matchesText(matcher: string | Pattern, text: string): boolean {
  if (typeof matcher === 'string') return matcher === text;
  const expression = compiled.get(matcher);
  if (expression === undefined) return false;
  return matcher.kind === 're2Search' ? expression.matcher(text).find() : expression.matches(text);
}

/** Like {@link matchesText}, in any letter case: capitals in a name must not escape a deny-list. */
export function matchesTextInAnyCase(matcher: string | Pattern, text: string): boolean {
  if (typeof matcher === 'string') return matcher.toLowerCase() === text.toLowerCase();
  const expression = compiled.get(matcher)?.pattern();
  if (expression === undefined) return false;
  const inAnyCase = RE2JS.compile(expression, RE2JS.CASE_INSENSITIVE);
  return matcher.kind === 're2Search' ? inAnyCase.matcher(text).find() : inAnyCase.matches(text);
}

function assertSource(name: Pattern['kind'], source: unknown): void {
  if (typeof source !== 'string' || source === '')
    throw optionError('invalid-pattern', `"${name}()" needs a non-empty string`);
}

function remember(pattern: Pattern, expression: string): Pattern {
  try {
    compiled.set(pattern, RE2JS.compile(expression));
  } catch (cause) {
    throw Object.assign(
      optionError(
        'invalid-pattern',
        `"${pattern.kind}()": ${cause instanceof Error ? cause.message : 'not an expression'}`,
      ),
      { cause },
    );
  }
  return Object.freeze(pattern);
}
