import { RE2JS } from 're2js';
import { optionError } from '../error.ts';

/** A pattern that must match a whole text. Made by `glob()` and `re2()` only. */
export interface Pattern {
  readonly kind: 'glob' | 're2';
  readonly source: string;
}

const compiled = new WeakMap<Pattern, RE2JS>();

/** `*` stops at `/`, `**` doesn't, `?` is one character but `/`; everything else is literal. The whole text must match. */
export function glob(source: string): Pattern {
  if (typeof source !== 'string' || source === '')
    throw optionError('invalid-pattern', '"glob()" needs a non-empty string');
  const translated = source.replaceAll(/\*\*|\*|\?|[^*?]+/g, (part) =>
    part === '**' ? '(?s:.*)' : part === '*' ? '[^/]*' : part === '?' ? '[^/]' : RE2JS.quote(part),
  );
  return remember({ kind: 'glob', source }, translated);
}

/** An RE2 expression over the whole text, in linear time (`re2js`): no look-around, no back-references, no need to anchor. */
export function re2(source: string): Pattern {
  if (typeof source !== 'string' || source === '')
    throw optionError('invalid-pattern', '"re2()" needs a non-empty string');
  return remember({ kind: 're2', source }, source);
}

/** True for what `glob()` and `re2()` made. */
export function isPattern(value: unknown): value is Pattern {
  return typeof value === 'object' && value !== null && compiled.has(value as Pattern);
}

/** Exact for strings, whole-match for patterns. */
export function matches(matcher: string | Pattern, text: string): boolean {
  return typeof matcher === 'string' ? matcher === text : (compiled.get(matcher)?.matches(text) ?? false);
}

/** The matcher as a report shows it. */
export function describeMatcher(matcher: string | Pattern): string {
  return typeof matcher === 'string' ? matcher : `${matcher.kind}(${matcher.source})`;
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
