import { type KnownKeys, parseJsonStrict } from '@sigtrail/encoding';
import * as z from 'zod';
import { FormatError, notJson } from './format-error.ts';

/** A "simple signing" payload as cosign writes it (containers/image docs `container-signature.5`). */
export interface SimpleSigning {
  readonly type: string;
  readonly dockerReference: string;
  readonly manifestDigest: string;
  /** Signed annotations and whatever else stands beside them. */
  readonly optional: Readonly<Record<string, unknown>>;
}

// What its signer calls critical may limit what was signed: a reader that leaves a member out says more than the signer did. containers/image refuses it, too.
const Payload = z.strictObject({
  critical: z.strictObject({
    identity: z.strictObject({ 'docker-reference': z.string() }),
    image: z.strictObject({ 'docker-manifest-digest': z.string() }),
    type: z.string(),
  }),
  optional: z.record(z.string(), z.unknown()).nullish(),
});

// What stands below `optional` is the signer's own: there, a key is what it is.
const KNOWN_KEYS: KnownKeys = {
  names: ['critical', 'optional', 'identity', 'docker-reference', 'image', 'docker-manifest-digest', 'type'],
  within: ['critical', 'identity', 'image'],
};

/** Parses the signed bytes. `critical.type` must be one that cosign or containers/image write. */
export function parseSimpleSigning(payload: Uint8Array): SimpleSigning {
  let json: unknown;
  try {
    json = parseJsonStrict(payload, { maxBytes: 1024 * 1024, knownKeys: KNOWN_KEYS });
  } catch (cause) {
    throw notJson('payload-malformed', 'the signed payload', cause);
  }
  const parsed = Payload.safeParse(json);
  if (!parsed.success)
    throw new FormatError(
      'payload-malformed',
      `the signed payload is not a simple-signing document: ${parsed.error.issues[0]?.path.join('.')} ${parsed.error.issues[0]?.message}`,
    );
  const { critical, optional } = parsed.data;
  if (critical.type !== 'cosign container image signature' && critical.type !== 'atomic container signature')
    throw new FormatError(
      'payload-type',
      `the payload's critical.type is ${JSON.stringify(critical.type.slice(0, 100))}, expected "cosign container image signature"`,
    );
  return {
    type: critical.type,
    dockerReference: critical.identity['docker-reference'],
    manifestDigest: critical.image['docker-manifest-digest'],
    optional: optional ?? {},
  };
}
