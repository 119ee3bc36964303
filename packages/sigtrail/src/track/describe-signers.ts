import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import type { EntrySignature, LogEntryBody } from '@sigtrail/rekor';
import { parseCertificate, type Certificate } from '../crypto/certificate.ts';
import { matchSignature, type SignedData } from '../keys/signature.ts';
import { isSigtrailError } from '../error.ts';
import { checkChain, findIssuingPaths } from '../establish/check-chain.ts';
import { checkClaims } from '../establish/check-claims.ts';
import type { Signatures } from '../establish/signatures.ts';
import type { VerifiedTime } from '../report/report.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';
import type { TrackedSigner } from './image-track.ts';
import type { KnownPayload } from './known-payload.ts';

/** The evidence for who signed. */
export interface SignerContext {
  readonly trust: TrustedRoot;
  readonly times: readonly VerifiedTime[];
  readonly payload: KnownPayload | undefined;
  readonly now: Date;
  readonly signatures: Signatures;
}

/** Reads who signed an entry, and proves what it can: the certificate's chain at a verified time, and the signature itself. */
export async function describeSigners(body: LogEntryBody, context: SignerContext): Promise<readonly TrackedSigner[]> {
  if (body.kind === 'unknown') return [];
  const data = signedDataOf(body, context.payload);
  return Promise.all(body.signatures.map(async (signature) => describeSigner(signature, data, context)));
}

async function describeSigner(
  { signature, verifier }: EntrySignature,
  data: SignedData | undefined,
  context: SignerContext,
): Promise<TrackedSigner> {
  const fingerprint = `sha256:${createHash('sha256').update(verifier.der).digest('hex')}`;
  if (verifier.kind === 'public-key') {
    const key = importKey(verifier.der);
    return {
      kind: verifier.kind,
      fingerprint,
      subjectAlternativeNames: [],
      identity: 'none',
      signature: await verdictOf(key, data, signature, context.signatures),
    };
  }
  const leaf = readLeaf(verifier.der);
  if (typeof leaf === 'string')
    return {
      kind: verifier.kind,
      fingerprint,
      subjectAlternativeNames: [],
      identity: 'unproven',
      signature: 'not-checked',
      why: leaf,
    };
  const { claims, subjectAlternativeNames, checks } = await checkClaims(leaf, {});
  const paths = await findIssuingPaths({ kind: 'certificate', leaf, chain: [] }, context);
  const chain = checkChain(leaf, paths, context.times, context);
  const fault = [...checks, ...chain.checks].find(({ status }) => status !== 'passed');
  return {
    kind: verifier.kind,
    fingerprint,
    subjectAlternativeNames,
    ...(claims === undefined ? {} : { claims }),
    identity: fault === undefined ? 'proven' : 'unproven',
    signature: await verdictOf(leaf.publicKey, data, signature, context.signatures),
    ...(fault === undefined ? {} : { why: fault.message }),
  };
}

/** The payload if it is known; else the digest that the entry itself names, which is enough to check ECDSA. */
function signedDataOf(
  body: Exclude<LogEntryBody, { kind: 'unknown' }>,
  payload: KnownPayload | undefined,
): SignedData | undefined {
  if (payload !== undefined) return { bytes: payload.signedBytes };
  return body.artifactHash === undefined
    ? undefined
    : { digest: body.artifactHash.digest, algorithm: body.artifactHash.algorithm };
}

async function verdictOf(
  key: KeyObject | undefined,
  data: SignedData | undefined,
  signature: Uint8Array | undefined,
  signatures: Signatures,
): Promise<TrackedSigner['signature']> {
  if (key === undefined || data === undefined || signature === undefined) return 'not-checked';
  if ((await matchSignature(key, data, signature, signatures)) !== undefined) return 'verified';
  // Without the payload only ECDSA can be checked: for other keys a mismatch says nothing.
  return 'digest' in data && key.asymmetricKeyType !== 'ec' ? 'not-checked' : 'failed';
}

/** The certificate, or why it can't be read. */
function readLeaf(der: Uint8Array): Certificate | string {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (isSigtrailError(error)) return error.message;
    throw error;
  }
}

function importKey(der: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  } catch {
    return undefined; // shown by its fingerprint
  }
}
