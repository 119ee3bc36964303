import { serializeEntry } from '../evidence/serialize-entry.ts';
import { certificatesOf, serializeLayer, timestampsOf, withoutCertificate } from '../evidence/serialize-layer.ts';
import type { SecondQuestion } from './question.ts';

/** The bundle for `@sigstore/verify`: the original, or the layer written as a bundle. */
export interface GivenBundle {
  readonly json: object;
  /** What a layer's signature covers. */
  readonly payload?: Uint8Array;
  /** What timestamps cover, if not the signature: cosign stamps a whole envelope. */
  readonly stamped?: Uint8Array;
  /** Certificates that came with the leaf; never anchors. */
  readonly beside: readonly Buffer[];
}

/** Makes it from the original bytes. */
export function bundleOf({ original, lookedUp, key, timestampAnnotations }: SecondQuestion): GivenBundle {
  const tlogEntries = lookedUp.map(serializeEntry);
  if (original.kind === 'bundle') {
    const json = JSON.parse(textOf(original.json)) as {
      readonly verificationMaterial?: { readonly tlogEntries?: readonly unknown[] };
    };
    if (tlogEntries.length === 0 || (json.verificationMaterial?.tlogEntries ?? []).length > 0)
      return { json, beside: [] };
    return { json: { ...json, verificationMaterial: { ...json.verificationMaterial, tlogEntries } }, beside: [] };
  }
  // When a key of the policy counts, a certificate that came with the signature does not.
  const layer = key === undefined ? original : withoutCertificate(original);
  const { kind, bytes, annotations } = layer;
  const json = serializeLayer(layer, tlogEntries);
  const timestampVerificationData = timestampAnnotations === 'ignore' ? undefined : timestampsOf(annotations);
  const [, ...issuers] = certificatesOf(annotations);
  return {
    json: { ...json, verificationMaterial: { ...json.verificationMaterial, timestampVerificationData } },
    beside: issuers.map((rawBytes) => Buffer.from(rawBytes, 'base64')),
    ...(kind === 'simple-signing' ? { payload: bytes } : { stamped: bytes }),
  };
}

/** The text of a bundle, unchanged. */
export function textOf(json: string | Uint8Array): string {
  return typeof json === 'string' ? json : Buffer.from(json.buffer, json.byteOffset, json.length).toString('utf8');
}
