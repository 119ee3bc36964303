import { parseJsonStrict } from '@sigtrail/encoding';
import * as z from 'zod';
import type { FindKind } from './triangulation.ts';

/** Larger statements are not parsed for it: the hint is only for display. */
const maxBytes = 4 * 1024 * 1024;
const envelope = z.object({ payload: z.string() });
const bundle = z.object({ dsseEnvelope: envelope });
const statement = z.object({ predicateType: z.string().min(1).max(512) });

/** The predicate type that stands in an in-toto statement. Nothing about it is verified. */
export function predicateTypeOf(kind: FindKind, bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined || bytes.byteLength > maxBytes) return undefined;
  switch (kind) {
    case 'sigstore-bundle':
      return ofPayload(bundle.safeParse(parseJson(bytes)).data?.dsseEnvelope.payload);
    case 'cosign-attestation':
    case 'dsse-attestation':
      return ofPayload(envelope.safeParse(parseJson(bytes)).data?.payload);
    case 'buildkit-attestation':
    case 'attestation-statement':
      return statement.safeParse(parseJson(bytes)).data?.predicateType;
    case 'cosign-signature':
    case 'cosign-sbom':
    case 'oci11-signature':
    case 'unknown-referrer':
      return undefined;
  }
}

/**
 * Whether the bytes look like a statement rather than an envelope, whose payload is base64. Both ends are looked at, since an SBOM of megabytes is not worth
 * parsing for a lead.
 */
export function isStatement(bytes: Uint8Array): boolean {
  return [bytes.subarray(0, 4096), bytes.subarray(-4096)].some((part) =>
    /"_type"\s*:/.test(Buffer.from(part).toString('latin1')),
  );
}

function ofPayload(payload: string | undefined): string | undefined {
  return payload === undefined
    ? undefined
    : statement.safeParse(parseJson(Buffer.from(payload, 'base64'))).data?.predicateType;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return parseJsonStrict(bytes, { maxBytes });
  } catch {
    return undefined; // no JSON, no hint
  }
}
