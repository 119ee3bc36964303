import { parseKey } from '../../../keys/parse-key.ts';
import type { TextMatcher } from '../../../policy/matcher.ts';
import { re2Search } from '../../../policy/pattern.ts';
import type { SignerRule } from '../../../policy/policy.ts';
import type { Note } from '../imported-policy.ts';
import { describe, type Fields, fieldsOf, listOf, noteUnknown, textOf } from './fields.ts';

/** Imports a key that the document holds as PEM. Anything that can't be a key is noted with what was found, and makes no rule. */
export function importKeyText(pem: string, path: string, note: Note): SignerRule | undefined {
  const blocks = pem.match(/-----BEGIN /g)?.length ?? 0;
  if (blocks > 1) {
    // policy-controller and Kyverno decode the first block and silently ignore the rest.
    note(
      path,
      `holds ${blocks} PEM blocks, where one key is read and the others would be ignored in silence: write an alternative for each key`,
      'stricter',
    );
    return undefined;
  }
  try {
    parseKey(pem, path);
    return { key: pem };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    note(path, error.message.replace(`"${path}" `, ''), 'stricter');
    return undefined;
  }
}

/** Notes the hash that is given with a key. Our hash follows from the key, so signatures with a different hash are refused. */
export function noteHash(value: unknown, path: string, note: Note): void {
  const hash = textOf(value, path);
  if (hash !== undefined && hash.toLowerCase() !== 'sha256')
    note(path, `the hash follows from the key, not from the policy (found ${hash})`, 'stricter');
}

/** Imports the identities of a keyless authority; any of them is enough. An identity that can't be read completely is noted, and makes no rule. */
export function importIdentities(value: unknown, path: string, note: Note, profile?: 'github'): readonly SignerRule[] {
  const identities = listOf(value, path);
  if (identities.length === 0) {
    note(
      path,
      `names no signer (found ${describe(value)}), so anyone could sign; what it belongs to is left out`,
      'stricter',
    );
    return [];
  }
  return identities.flatMap((one, index) => {
    const at = `${path}[${index}]`;
    const { issuer, issuerRegExp, subject, subjectRegExp, ...unknown } = fieldsOf(one, at);
    if (noteUnknown(unknown, at, note)) return [];
    const rule = {
      issuer: matcherOf('issuer', { issuer, issuerRegExp }, at, note),
      subject: matcherOf('subject', { subject, subjectRegExp }, at, note),
    };
    if (rule.issuer === undefined || rule.subject === undefined) return [];
    return [{ issuer: rule.issuer, subject: rule.subject, ...(profile === undefined ? {} : { profile }) }];
  });
}

/** A text, or an expression to search for. Without either, everything fits in the original, and here as well; the linter says what that means. */
function matcherOf(name: 'issuer' | 'subject', fields: Fields, path: string, note: Note): TextMatcher | undefined {
  const text = textOf(fields[name], `${path}.${name}`);
  const search = textOf(fields[`${name}RegExp`], `${path}.${name}RegExp`);
  if (search !== undefined && text !== undefined) {
    // In `.sig` signatures cosign only looks at the expression, in bundles at both.
    note(
      `${path}.${name}`,
      `accompanies ${name}RegExp (found ${describe(text)} and ${describe(search)}): which of them counts depends on the format of the signature; the identity is left out`,
      'stricter',
    );
    return undefined;
  }
  if (text !== undefined) return text;
  if (search === undefined) {
    note(
      `${path}.${name}`,
      `asks nothing: neither ${name} nor ${name}RegExp is there, so every ${name} fits`,
      'relaxed',
    );
    return re2Search('.*');
  }
  try {
    return re2Search(search);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    note(`${path}.${name}RegExp`, `is not an RE2 expression (${error.message}); the identity is left out`, 'stricter');
    return undefined;
  }
}
