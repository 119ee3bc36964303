import type { CandidateContent } from './candidate.ts';
import { parseStatement } from './statement.ts';

/** The only payload type about images. */
export const IN_TOTO = 'application/vnd.in-toto+json';

/** DSSE pre-authentication encoding: lengths in bytes, not characters (GHSA-jfc7-64v2-mr8c). */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}

/** The content of an envelope. A statement is parsed from the signed bytes only if the payload type says that it is a statement. */
export function dsseContent(payloadType: string, decoded: Uint8Array): CandidateContent {
  const pae = preAuthenticationEncoding(payloadType, decoded);
  // An SBOM is large, so the payload is held only once: as the end of the signed bytes.
  const payload = pae.subarray(pae.length - decoded.length);
  const content = { kind: 'dsse', payloadType, payload, pae } as const;
  return payloadType === IN_TOTO ? { ...content, statement: parseStatement(payload) } : content;
}
