import { type KnownKeys, parseJsonStrict } from '@sigtrail/encoding';
import * as z from 'zod';
import { decodeBase64Lines } from '@sigtrail/encoding';
import { type LayerCandidate, readAnnotations } from './cosign-layer.ts';
import { dsseContent } from './dsse.ts';
import { FormatError, notJson } from './format-error.ts';
import { COSIGN_SIGN_PREDICATE } from './statement.ts';

const Envelope = z.object({
  payloadType: z.string().max(256),
  payload: z.string(),
  // cosign accepts an envelope if any of its signatures verifies, so each is a candidate of its own.
  signatures: z
    .array(z.object({ sig: z.string() }))
    .min(1, 'no signature')
    .max(32),
});
// Triangulation fetches no larger envelope.
const MAX_BYTES = 64 * 1024 * 1024;

const KNOWN_KEYS: KnownKeys = {
  names: ['payloadType', 'payload', 'signatures', 'sig', 'keyid', '_type'],
  otherSpellings: { payload_type: 'payloadType' },
  within: ['signatures'],
};

/**
 * Parses a DSSE envelope as cosign's `.att` manifests and DSSE referrers carry it, with its annotations: one candidate for
 * each of its signatures.
 *
 * @throws FormatError
 */
export function parseDsseLayer(
  bytes: Uint8Array,
  annotations: Readonly<Record<string, string>>,
): readonly LayerCandidate[] {
  const { payloadType, payload, signatures } = readEnvelope(bytes);
  const payloadBytes = decodeBase64Lines(payload);
  if (payloadBytes === undefined)
    throw new FormatError('envelope-malformed', 'the payload of the envelope is not base64');
  const content = { ...dsseContent(payloadType, payloadBytes), envelope: bytes };
  const isAttestation = !(content.kind === 'dsse' && content.statement?.predicateType === COSIGN_SIGN_PREDICATE);
  const beside = readAnnotations(annotations);
  return signatures.map(({ sig }, index) => {
    const signature = decodeBase64Lines(sig);
    if (signature === undefined || signature.length === 0)
      throw new FormatError('signature-malformed', 'a signature of the envelope is not base64');
    const original = { kind: 'dsse', bytes, annotations, signature: index } as const;
    return { isAttestation, signature, content, stamped: bytes, original, ...beside };
  });
}

function readEnvelope(bytes: Uint8Array): z.infer<typeof Envelope> {
  let json: unknown;
  try {
    json = parseJsonStrict(bytes, { maxBytes: MAX_BYTES, knownKeys: KNOWN_KEYS });
  } catch (cause) {
    throw notJson('envelope-malformed', 'the attestation', cause);
  }
  // BuildKit attaches the bare statement: anyone could have written it.
  if (typeof json === 'object' && json !== null && '_type' in json)
    throw new FormatError('attestation-unsigned', 'the attestation is a statement without any signature');
  const parsed = Envelope.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new FormatError(
    'envelope-malformed',
    `the attestation is not a DSSE envelope: ${issue?.path.join('.')} ${issue?.message}`,
  );
}
