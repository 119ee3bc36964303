import { candidatePayloads } from '../candidate-payloads.ts';
import { fingerprintOf } from './fingerprint.ts';

/** The digests under which a log knows what cosign signs for an image: of the payload, and of an envelope's encoding of it (DSSE). */
export function candidateHashes(digest: string, repository: string | undefined): readonly string[] {
  return candidatePayloads(digest, repository).flatMap(({ kind, bytes }) =>
    kind === 'simple-signing' ? [fingerprintOf(bytes)] : [fingerprintOf(bytes), fingerprintOf(encodingOf(bytes))],
  );
}

/** Those of cosign 1 and 2 alone: a v1 index knows their payload, and not the image. */
export function classicHashes(digest: string, repository: string): readonly string[] {
  return candidatePayloads(digest, repository).flatMap(({ kind, bytes }) =>
    kind === 'simple-signing' ? [fingerprintOf(bytes)] : [],
  );
}

const IN_TOTO = 'application/vnd.in-toto+json';

/** DSSE's pre-authentication encoding. */
function encodingOf(payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${String(IN_TOTO.length)} ${IN_TOTO} ${String(payload.byteLength)} `;
  return Buffer.concat([Buffer.from(head), payload]);
}
