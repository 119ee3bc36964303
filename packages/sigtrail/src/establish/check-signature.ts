import type { KeyObject } from 'node:crypto';
import { keyFingerprint } from '../keys/public-key.ts';
import { describeKey, matchSignature, needsBytes, unsupportedKey } from '../keys/signature.ts';
import type { Candidate } from '../evidence/candidate.ts';
import type { Check } from '../report/report.ts';
import { signedDataOf } from './subject.ts';
import type { EstablishContext } from './facts.ts';
import { createRecorder } from './recorder.ts';

/** The result for a candidate's signature. */
export interface SignatureChecked {
  /** The key that verified the signature. For a certificate, its key even if it did not, since no other key can be the signer's. */
  readonly signerKey?: KeyObject;
  readonly checks: readonly Check[];
}

/** Is the signature by the leaf's key, or by a key that the policy names? A key that came with the signature never counts. */
export async function checkSignature(candidate: Candidate, context: EstablishContext): Promise<SignatureChecked> {
  const record = createRecorder(context.withoutChecks);
  const { checks } = record;
  const { signer } = candidate;
  const keys = signer.kind === 'certificate' ? [signer.leaf.publicKey] : context.keys;
  if (keys.length === 0) {
    record.skip(
      'signature',
      'signature-key-not-named',
      'signed with a key, and the policy names no key to check it with',
    );
    return { checks };
  }
  const data = signedDataOf(candidate, context.subject);
  for (const key of keys) {
    const match = await matchSignature(key, data, candidate.signature, context.signatures);
    if (match === undefined) continue;
    record.pass('signature', `the signature verifies (${match.algorithm})`, { actual: keyFingerprint(key) });
    return { signerKey: key, checks };
  }
  const unsupported = keys.map(unsupportedKey).find((why) => why !== undefined);
  const whose = signer.kind === 'certificate' ? 'the certificate’s key' : 'any key that the policy names';
  const [code, message] =
    unsupported !== undefined
      ? (['signature-key-unsupported', unsupported] as const)
      : keys.every((key) => needsBytes(key, data))
        ? ([
            'signature-needs-bytes',
            'a signature of this kind of key can’t be verified with this digest alone',
          ] as const)
        : (['signature-invalid', `the signature does not verify under ${whose}`] as const);
  record.fail('signature', code, message, {
    expected: keys.map((key) => `${describeKey(key)} ${keyFingerprint(key)}`).join(', '),
  });
  return signer.kind === 'certificate' ? { signerKey: signer.leaf.publicKey, checks } : { checks };
}
