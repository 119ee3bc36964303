import type { KeyObject } from 'node:crypto';
import { compareEntry, isRekorError, parseEntryBody, type Verifier, whyRetired } from '@sigtrail/rekor';
import { encodeBase64 } from '@sigtrail/encoding';
import { type DigestAlgorithm, digestOnce } from '../crypto/digest-once.ts';
import type { Candidate } from '../evidence/candidate.ts';
import { digestOfSubject } from './subject.ts';
import type { Subject } from './subject.ts';
import type { ProvenEntry } from './prove-entry.ts';
import type { Recorder } from './recorder.ts';

/** Does the entry record this signature, by this signer, over these bytes? All three must be the candidate's own (CVE-2022-23649, CVE-2026-22703). */
export function checkEntry(
  proven: ProvenEntry,
  candidate: Candidate,
  signerKey: KeyObject | undefined,
  subject: Subject,
  record: Recorder,
): boolean {
  const { entry, item } = proven;
  let body: ReturnType<typeof parseEntryBody>;
  try {
    body = parseEntryBody(entry.body);
  } catch (error) {
    if (!isRekorError(error)) throw error;
    return !record.fail('log-entry', 'log-entry-malformed', error.message, { item });
  }
  const name = body.kind === 'unknown' ? `${body.name}:${body.apiVersion}` : `${body.kind}:${body.apiVersion}`;
  if (name !== `${entry.kind}:${entry.version}`) {
    const extras = { expected: `${entry.kind}:${entry.version}`, actual: name, item };
    const message = 'the entry’s body is not of the kind that the entry states';
    if (record.fail('log-entry', 'log-entry-kind-mismatch', message, extras)) return false;
  }
  if (body.kind === 'unknown') {
    return !record.skip(
      'log-entry',
      'log-entry-kind-unknown',
      `entries of kind ${name} can’t be compared with a signature: ignored`,
      { item },
    );
  }
  const retired = whyRetired(body, proven.listings);
  if (retired !== undefined) {
    const extras = { actual: name, item };
    if (record.fail('log-entry', 'log-entry-retired', retired, extras)) return false;
  }
  const compareWith = (verifier?: Verifier): ReturnType<typeof compareEntry> =>
    compareEntry(body, {
      signature: candidate.signature,
      ...(verifier === undefined ? {} : { verifier }),
      digest: (of, algorithm) => loggedDigest(of === 'payload', candidate, subject, algorithm),
      envelopeDigest: (algorithm) => envelopeDigest(candidate, algorithm),
      // cosign uploads the layer unchanged and compares it unchanged. Bundles spell the envelope differently from what was uploaded.
      envelopeAsUploaded: candidate.format === 'cosign-attestation',
    });
  const compared = signersOf(candidate, signerKey).map(compareWith);
  const bound = compared.find(({ verifier }) => verifier === 'same') ?? compared[0] ?? compareWith();
  const refusals: boolean[] = [];
  if (bound.signature === 'other')
    refusals.push(
      record.fail(
        'log-entry-signature',
        'log-entry-signature-mismatch',
        'the log entry records a different signature',
        {
          expected: encodeBase64(candidate.signature),
          actual: recordedSignature(body.signatures[0]?.signature),
          item,
        },
      ),
    );
  else record.pass('log-entry-signature', 'the log entry records this signature', { item });
  if (bound.verifier === 'unknown')
    record.skip('log-entry-key', 'signature-key-not-named', 'the policy names no key to compare with the log entry', {
      item,
    });
  else if (bound.verifier === 'same') record.pass('log-entry-key', 'the log entry names this signer', { item });
  else
    refusals.push(
      record.fail(
        'log-entry-key',
        'log-entry-key-mismatch',
        'the log entry names a certificate or key that is not the signer’s',
        { item },
      ),
    );
  const { expectedDigest: expected = 'a digest', actualDigest: actual = 'none' } = bound;
  const digests = { expected, actual, item };
  if (bound.digest === 'same')
    record.pass('log-entry-hash', 'the log entry records the digest of what was signed', digests);
  else
    refusals.push(
      record.fail(
        'log-entry-hash',
        'log-entry-hash-mismatch',
        'the log entry records the digest of something else',
        digests,
      ),
    );
  if (bound.envelope === 'other')
    refusals.push(
      record.fail(
        'log-entry-envelope',
        'log-entry-envelope-mismatch',
        'the log entry records an envelope that differs from the layer: the layer was changed after it was logged, though not the signed part of it',
        { item },
      ),
    );
  else if (bound.envelope === 'same')
    record.pass('log-entry-envelope', 'the log entry records exactly this envelope', { item });
  return bound.verifier !== 'unknown' && !refusals.includes(true);
}

function envelopeDigest({ content }: Candidate, algorithm: DigestAlgorithm): Uint8Array | undefined {
  return content.kind === 'dsse' && content.envelope !== undefined
    ? digestOnce(algorithm, content.envelope)
    : undefined;
}

function loggedDigest(
  ofPayload: boolean,
  { content }: Candidate,
  subject: Subject,
  algorithm: DigestAlgorithm,
): Uint8Array | undefined {
  switch (content.kind) {
    case 'simple-signing':
      return ofPayload ? undefined : digestOnce(algorithm, content.payload);
    case 'dsse':
      return digestOnce(algorithm, ofPayload ? content.payload : content.pae);
    case 'message':
      return ofPayload ? undefined : digestOfSubject(subject, algorithm);
  }
}

/** The names under which the log may know the signer: when cosign signs with a key and attaches a certificate of that key, it logs the certificate. */
function signersOf({ signer }: Candidate, signerKey: KeyObject | undefined): readonly Verifier[] {
  if (signer.kind === 'certificate') return [{ kind: 'certificate', der: signer.leaf.bytes }];
  if (signerKey === undefined) return [];
  const { beside } = signer;
  return [
    { kind: 'public-key', der: signerKey.export({ format: 'der', type: 'spki' }) },
    ...(beside?.leaf.publicKey.equals(signerKey) === true
      ? [{ kind: 'certificate', der: beside.leaf.bytes } as const]
      : []),
  ];
}

function recordedSignature(signature: Uint8Array | undefined): string {
  return signature === undefined ? 'none' : encodeBase64(signature);
}
