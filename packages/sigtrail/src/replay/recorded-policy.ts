import { parseKey } from '../keys/parse-key.ts';
import { glob, isPattern, re2, re2Search } from '../policy/pattern.ts';
import { isStandardSchema } from '../policy/predicate.ts';
import { parseTimeOf } from '../policy/time-bounds.ts';

const PATTERNS = { glob, re2, re2Search } as const;

/**
 * A policy, request or deny-list as plain data, with marks in place of code: `$callback` for the user's functions, `$schema` for a schema,
 * `$resolver` for a key resolver. Their answers are recorded separately.
 */
export function toRecord(value: unknown, name = ''): unknown {
  if (isPattern(value)) return { $pattern: { kind: value.kind, source: value.source } };
  if (name === 'key') return toKeyRecord(value);
  if (name === 'notOlderThan') return parseTimeOf(value, name).toISOString();
  if (isStandardSchema(value)) return { $schema: value['~standard'].vendor };
  if (typeof value === 'function') return { $callback: { name: value.name } };
  if (Array.isArray(value)) return value.map((one) => toRecord(one));
  // The only bytes that are not a key: the issuer of a denied serial number.
  if (value instanceof Uint8Array) return toPem(value);
  if (typeof value !== 'object' || value === null) return value;
  if ('run' in value && typeof value.run === 'function') {
    const { run, name: called, timeoutMs } = value as { run: { name: string }; name?: string; timeoutMs?: number };
    return { $callback: { name: called ?? run.name, ...(timeoutMs === undefined ? {} : { timeoutMs }) } };
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => (one === undefined ? [] : [[key, toRecord(one, key)]])),
  );
}

function toPem(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function toKeyRecord(key: unknown): unknown {
  if (typeof key === 'object' && key !== null && 'resolve' in key)
    return { $resolver: 'name' in key ? key.name : undefined };
  return parseKey(key, 'key').export({ type: 'spki', format: 'pem' }).toString();
}

/** The policy, request or deny-list of a record. Code is replaced by a stand-in that refuses if it is ever asked. */
export function fromRecord(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromRecord);
  if (typeof value !== 'object' || value === null) return value;
  return fromMark(value) ?? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fromRecord(one)]));
}

function fromMark(value: object): unknown {
  const entries = Object.entries(value);
  const [mark, content] = entries[0] ?? [];
  if (entries.length !== 1 || mark?.startsWith('$') !== true) return undefined;
  const inside = (typeof content === 'object' && content !== null ? content : {}) as Readonly<Record<string, unknown>>;
  switch (mark) {
    case '$pattern': {
      const { kind, source } = inside;
      // An annotation may be named `$pattern`, too; its value has no kind and source.
      if (typeof kind !== 'string' || typeof source !== 'string' || !Object.hasOwn(PATTERNS, kind)) return undefined;
      return PATTERNS[kind as keyof typeof PATTERNS](source);
    }
    case '$callback': {
      const { name, timeoutMs } = inside;
      if (typeof name !== 'string') return undefined;
      return { run: refuse, name, ...(typeof timeoutMs === 'number' ? { timeoutMs } : {}) };
    }
    case '$schema':
      if (typeof content !== 'string') return undefined;
      return {
        '~standard': { version: 1, vendor: content, validate: () => ({ issues: [{ message: NOT_RECORDED }] }) },
      };
    case '$resolver':
      if (typeof content !== 'string') return undefined;
      return { name: content, resolve: () => Promise.reject(new Error(NOT_RECORDED)) };
    default:
      return undefined;
  }
}

/** Says that a replay needs an answer that the capsule does not have. */
export const NOT_RECORDED = 'the capsule has no answer to this';

function refuse(): { readonly denied: string } {
  return { denied: NOT_RECORDED };
}
