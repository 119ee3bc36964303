import type { SubjectAlternativeName } from '@sigtrail/fulcio-claims/extensions';
import { matchesText, type Pattern } from './pattern.ts';

/** A text that must match: a string is exact; `glob()` and `re2()` are patterns over the whole text. */
export type TextMatcher = string | Pattern;

/** A text matcher, or several: any of them is enough. */
export type Matcher = TextMatcher | readonly TextMatcher[];

/** The kinds of subject alternative names that a rule can ask for by name. */
export type SubjectKind = 'uri' | 'email' | 'dns' | 'ip' | 'userName';

/**
 * Whom a certificate must name. The form of a bare matcher tells its kind: with a scheme (`https://…`, also in a pattern) it is a URI, with an `@`
 * and no `/` it is an e-mail address. `{ uri }`, `{ email }`, `{ dns }`, `{ ip }` and `{ userName }` name the kind outright.
 */
export type SubjectMatcher =
  | Matcher
  | { readonly uri: Matcher }
  | { readonly email: Matcher }
  | { readonly dns: Matcher }
  | { readonly ip: Matcher }
  | { readonly userName: Matcher };

/** A subject matcher, taken apart. */
export interface ParsedSubject {
  readonly kind?: SubjectKind;
  readonly texts: readonly TextMatcher[];
}

/** Whether any of the texts matches. */
export function matchesAny(texts: readonly TextMatcher[], actual: string): boolean {
  return texts.some((text) => matchesText(text, actual));
}

/** Whether any of the names matches and is of a kind that the matcher can mean. A name of an unsupported form never matches. */
export function matchesSubject({ kind, texts }: ParsedSubject, names: readonly SubjectAlternativeName[]): boolean {
  return names.some(
    (name) =>
      name.kind !== 'unsupported' &&
      (kind === undefined || name.kind === SAN_KINDS[kind]) &&
      texts.some((text) => (kind !== undefined || readsAs(text, name.kind)) && matchesText(text, name.value)),
  );
}

/** The matchers as a report shows them. */
export function describeTexts(texts: readonly TextMatcher[]): string {
  return texts.map((text) => (typeof text === 'string' ? text : `${text.kind}(${text.source})`)).join(' or ');
}

/** The subject as a report shows it. */
export function describeParsedSubject({ kind, texts }: ParsedSubject): string {
  return kind === undefined ? describeTexts(texts) : `${kind} ${describeTexts(texts)}`;
}

const SAN_KINDS: Readonly<Record<SubjectKind, SubjectAlternativeName['kind']>> = {
  uri: 'uri',
  email: 'email',
  dns: 'dns',
  ip: 'ip',
  userName: 'other-name',
};

/** Could the author of this text have meant a name of this kind? Fulcio lets people choose e-mail addresses, CI chooses URIs. */
function readsAs(text: TextMatcher, kind: SubjectAlternativeName['kind']): boolean {
  switch (formOf(text)) {
    case 'uri':
      return kind === 'uri';
    case 'address':
      return kind === 'email' || kind === 'other-name';
    case 'name':
      return kind !== 'uri';
    case 'open':
      return true;
  }
}

function formOf(text: TextMatcher): 'uri' | 'address' | 'name' | 'open' {
  // A search finds its expression anywhere, so the way it starts says nothing.
  if (typeof text !== 'string' && text.kind === 're2Search') return 'open';
  const source = typeof text === 'string' ? text : text.source;
  // `https?://`, `https:\/\/`, `(?i:https)://`, `[a-z]+://` and `*://` alike: a scheme comes before, however it is written.
  if (/^[^@/]*:(?:\\?\/){2}/.test(source)) return 'uri';
  if (source.includes('@') && !source.includes('/')) return 'address';
  // An exact name without a scheme is not a URI unless it has a colon (`urn:…`).
  return typeof text === 'string' && !text.includes(':') ? 'name' : 'open';
}
