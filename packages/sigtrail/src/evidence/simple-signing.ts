import { type KnownKeys, parseJsonStrict } from '@sigtrail/encoding';
import * as z from 'zod';
import { FormatError, notJson } from './format-error.ts';

/** A "simple signing" payload as cosign writes it (containers/image docs `container-signature.5`). */
export interface SimpleSigning {
  readonly type: string;
  readonly dockerReference: string;
  readonly manifestDigest: string;
  /** Signed annotations, and whatever else the signer put there. */
  readonly optional: Readonly<Record<string, unknown>>;
}

// A critical member may limit what was signed: a reader that ignores it claims more than the signer did. containers/image refuses it, too.
const Payload = z.strictObject({
  critical: z.strictObject({
    identity: z.strictObject({ 'docker-reference': z.string() }),
    image: z.strictObject({ 'docker-manifest-digest': z.string() }),
    type: z.string(),
  }),
  optional: z.record(z.string(), z.unknown()).nullish(),
});

/** As Tekton Chains wrote it in 2021: Go's field names, where no JSON name was given. */
const PayloadOf2021 = z
  .strictObject({
    Critical: z.strictObject({
      Identity: z.strictObject({ 'docker-reference': z.string() }),
      Image: z.strictObject({ 'Docker-manifest-digest': z.string() }),
      Type: z.string(),
    }),
    Optional: z.record(z.string(), z.unknown()).nullish(),
  })
  .transform(({ Critical: { Identity, Image, Type }, Optional }) => ({
    critical: {
      identity: Identity,
      image: { 'docker-manifest-digest': Image['Docker-manifest-digest'] },
      type: Type,
    },
    optional: Optional,
  }));

// Members below `optional` belong to the signer, so any key is allowed there.
const KNOWN_KEYS: KnownKeys = {
  names: ['critical', 'optional', 'identity', 'docker-reference', 'image', 'docker-manifest-digest', 'type'],
  within: ['critical', 'identity', 'image'],
};
const KNOWN_KEYS_OF_2021: KnownKeys = {
  names: ['Critical', 'Optional', 'Identity', 'docker-reference', 'Image', 'Docker-manifest-digest', 'Type'],
  within: ['Critical', 'Identity', 'Image'],
};

/** The first key decides: readers could understand a payload that mixes the two spellings differently. */
function isOf2021(payload: Uint8Array): boolean {
  return /^\s*\{\s*"(?:Critical|Optional)"/.test(Buffer.from(payload.subarray(0, 256)).toString('latin1'));
}

const TYPES: ReadonlySet<string> = new Set([
  'cosign container image signature',
  'atomic container signature',
  'Tekton container signature',
]);

/** Parses the signed bytes. `critical.type` must be one that cosign, containers/image or Tekton Chains write. */
export function parseSimpleSigning(payload: Uint8Array): SimpleSigning {
  let json: unknown;
  const isOld = isOf2021(payload);
  try {
    json = parseJsonStrict(payload, { maxBytes: 1024 * 1024, knownKeys: isOld ? KNOWN_KEYS_OF_2021 : KNOWN_KEYS });
  } catch (cause) {
    throw notJson('payload-malformed', 'the signed payload', cause);
  }
  const parsed = (isOld ? PayloadOf2021 : Payload).safeParse(json);
  if (!parsed.success)
    throw new FormatError(
      'payload-malformed',
      `the signed payload is not a simple-signing document: ${parsed.error.issues[0]?.path.join('.')} ${parsed.error.issues[0]?.message}`,
    );
  const { critical, optional } = parsed.data;
  if (!TYPES.has(critical.type))
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
