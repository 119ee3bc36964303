import { createHash, type KeyObject } from 'node:crypto';
import { isRekorError, parseEntryBody } from '@sigtrail/rekor';
import { base64, hex, same } from '../bytes.ts';
import type { Candidate } from '../evidence/candidate.ts';
import { digestOfSubject } from './check-subject.ts';
import type { Subject } from './facts.ts';
import type { ProvenEntry } from './prove-entry.ts';
import type { Recorder } from './recorder.ts';

/** Does the entry record this signature, by this signer, over these bytes? All three must be the candidate's own (CVE-2022-23649, CVE-2026-22703). */
export function bindEntry(
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
    record.fail('log-entry', 'log-entry-malformed', error.message, { item });
    return false;
  }
  const name = body.kind === 'unknown' ? `${body.name}:${body.apiVersion}` : `${body.kind}:${body.apiVersion}`;
  if (name !== `${entry.kind}:${entry.version}`) {
    record.fail('log-entry', 'log-entry-kind-mismatch', 'the entry’s body is of another kind than stated beside it', {
      expected: `${entry.kind}:${entry.version}`,
      actual: name,
      item,
    });
    return false;
  }
  if (body.kind === 'unknown') {
    record.skip(
      'log-entry',
      'log-entry-kind-unknown',
      `entries of kind ${name} can’t be compared with a signature: ignored`,
      { item },
    );
    return false;
  }
  const recorded = body.signatures.find(
    ({ signature }) => signature === undefined || same(signature, candidate.signature),
  );
  if (recorded === undefined) {
    record.fail('log-entry-signature', 'log-entry-signature-mismatch', 'the log entry records another signature', {
      expected: base64(candidate.signature),
      actual: base64(body.signatures[0]?.signature),
      item,
    });
  } else record.pass('log-entry-signature', 'the log entry records this signature', { item });
  const verifier = (recorded ?? body.signatures[0])?.verifier;
  const own = verifier !== undefined && isSigner(verifier, candidate, signerKey);
  if (candidate.signer.kind === 'key' && signerKey === undefined)
    record.skip('log-entry-key', 'signature-key-not-named', 'no key was named to compare the log entry with', { item });
  else if (own) record.pass('log-entry-key', 'the log entry names this signer', { item });
  else
    record.fail(
      'log-entry-key',
      'log-entry-key-mismatch',
      'the log entry names another certificate or key than the signer’s',
      { item },
    );
  const digest = bindDigest(body, candidate, subject);
  if (digest.ok)
    record.pass('log-entry-hash', 'the log entry records the digest of what was signed', {
      expected: digest.expected,
      actual: digest.actual,
      item,
    });
  else
    record.fail('log-entry-hash', 'log-entry-hash-mismatch', 'the log entry records the digest of something else', {
      expected: digest.expected,
      actual: digest.actual,
      item,
    });
  return recorded !== undefined && own && digest.ok;
}

function bindDigest(
  body: Exclude<ReturnType<typeof parseEntryBody>, { kind: 'unknown' }>,
  candidate: Candidate,
  subject: Subject,
): { ok: boolean; expected: string; actual: string } {
  const hash = body.payloadHash ?? body.artifactHash;
  if (hash === undefined) return { ok: false, expected: 'a digest', actual: 'none' };
  const expected = loggedDigest(body.payloadHash !== undefined, candidate, subject, hash.algorithm);
  const actual = hex(hash.digest);
  return { ok: expected === actual, expected: `${hash.algorithm}:${expected}`, actual: `${hash.algorithm}:${actual}` };
}

function loggedDigest(
  ofPayload: boolean,
  { content }: Candidate,
  subject: Subject,
  algorithm: 'sha256' | 'sha384' | 'sha512',
): string | undefined {
  const digest = (bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest('hex');
  switch (content.kind) {
    case 'simple-signing':
      return ofPayload ? undefined : digest(content.payload);
    case 'dsse':
      return digest(ofPayload ? content.payload : content.pae);
    case 'message':
      return ofPayload ? undefined : digestOfSubject(subject, algorithm)?.toString('hex');
  }
}

function isSigner(
  verifier: { readonly kind: 'certificate' | 'public-key'; readonly der: Uint8Array },
  candidate: Candidate,
  signerKey: KeyObject | undefined,
): boolean {
  if (candidate.signer.kind === 'certificate')
    return verifier.kind === 'certificate' && same(verifier.der, candidate.signer.leaf.bytes);
  return (
    verifier.kind === 'public-key' &&
    signerKey !== undefined &&
    same(verifier.der, signerKey.export({ format: 'der', type: 'spki' }))
  );
}
