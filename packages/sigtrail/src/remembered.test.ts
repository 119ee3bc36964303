import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { createSigstore, type FakeSigstore } from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { artifact, identity, mint, now, proofOf } from '../test/attempt.ts';
import { isSigtrailError } from './error.ts';
import type { CandidateReport } from './report/report.ts';
import { trustRoot } from './trust/trust-root.ts';
import { createVerifier, type Verifier } from './verifier.ts';
import { type BundlePolicy, verifyBundle } from './verify-bundle.ts';

let sigstore: FakeSigstore;
beforeAll(async () => {
  sigstore = await createSigstore({ now });
});

const policy = { signedBy: identity };

async function refusal(answer: Promise<unknown>): Promise<string> {
  try {
    await answer;
    return 'accepted';
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    return error.candidate?.refusedBecause ?? error.code;
  }
}

const verifierOf = (trust: object, secondJudge: 'on' | 'off' = 'on'): Verifier =>
  createVerifier({ trust: { json: JSON.stringify(trust) }, now: () => now, secondJudge });

describe('what a verifier remembers is out of the reach of', () => {
  it('who edits the claims of a report', async () => {
    const { bundle, trust } = await mint(sigstore, {});
    await using verifier = verifierOf(trust);
    const { signature } = await verifier.verifyBundle(bundle, artifact, policy);
    if (signature.signer.kind !== 'certificate') throw new Error('a certificate signed it');
    const { claims, subjectAlternativeNames } = signature.signer;
    Object.assign(claims, { issuer: 'https://other.example' });
    Object.assign(subjectAlternativeNames[0] ?? {}, { value: 'someone@other.example' });
    const other = { signedBy: { issuer: 'https://other.example', subject: 'someone@other.example' } };
    expect(await refusal(verifier.verifyBundle(bundle, artifact, other))).toBe('issuer-mismatch');
    expect(await refusal(verifier.verifyBundle(bundle, artifact, policy))).toBe('accepted');
  });

  it('who edits the checks of a report', async () => {
    const { bundle, trust } = await mint(sigstore, { certificate: { scts: 'corrupt' } });
    const lenient: BundlePolicy = { ...policy, require: { sct: 0 } };
    await using verifier = verifierOf(trust);
    let report: CandidateReport | undefined;
    await verifier.verifyBundle(bundle, artifact, lenient).catch((error: unknown) => {
      if (isSigtrailError(error)) report = error.candidate;
    });
    const failed = report?.checks.find(({ status }) => status === 'failed');
    expect(failed?.code).toBe('sct-invalid');
    Object.assign(failed ?? {}, { status: 'passed' });
    expect(await refusal(verifier.verifyBundle(bundle, artifact, lenient))).toBe('sct-invalid');
  });

  it('who edits a trusted root', () => {
    const root = trustRoot.fromJson(JSON.stringify(sigstore.trustedRoot()));
    const authorities = root.certificateAuthorities as unknown[];
    expect(() => authorities.splice(0)).toThrow(TypeError);
    expect(() => Object.assign(root.certificateAuthorities[0] ?? {}, { certificates: [] })).toThrow(TypeError);
  });

  it('a checkpoint that is spelled like a different one', async () => {
    const { bundle, trust } = await mint(sigstore, {});
    const [replacement, surrogate] = [structuredClone(bundle), structuredClone(bundle)];
    // Everyone may add a line: no log signs the lines of others.
    for (const [edited, character] of [
      [replacement, '\ufffd'],
      [surrogate, '\ud800'],
    ] as const) {
      const { checkpoint } = proofOf(edited);
      if (checkpoint === undefined) throw new Error('a proof of today has a checkpoint');
      checkpoint.envelope += `\u2014 ${character} AAAAAAA=\n`;
    }
    await using verifier = verifierOf(trust, 'off');
    const text = JSON.stringify(surrogate);
    expect(await refusal(verifier.verifyBundle(text, artifact, policy))).toBe('log-checkpoint-malformed');
    expect(await refusal(verifier.verifyBundle(JSON.stringify(replacement), artifact, policy))).toBe('accepted');
    expect(await refusal(verifier.verifyBundle(text, artifact, policy))).toBe('log-checkpoint-malformed');
  });
});

// The digest of one content and the signature of another, and a caller who writes the one over the other meanwhile.
it('accepts no artifact that changes while it is verified', async () => {
  const [named, signed] = [Buffer.from('what the bundle names'), Buffer.from('what the key signed. ')];
  // Of the artifact's own signatures only such a key's are waited for: it names one hash, and that a slow one.
  const { publicKey, privateKey } = generateKeyPairSync('rsa-pss', {
    modulusLength: 2048,
    hashAlgorithm: 'sha384',
    mgf1HashAlgorithm: 'sha384',
  });
  const bundle = JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: '' }, tlogEntries: [] },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: createHash('sha256').update(named).digest('base64') },
      signature: sign('sha384', signed, privateKey).toString('base64'),
    },
  });
  const trust = { json: JSON.stringify(sigstore.trustedRoot()) };
  const byKey: BundlePolicy = { signedBy: { key: publicKey }, require: { log: 0, time: 0 } };
  await verifyBundle(bundle, named, byKey, { trust, now: () => now }).catch(() => undefined); // the code is loaded
  const answers = new Set<string>();
  for (let turns = 0; turns < 60; turns += 1) {
    const buffer = Buffer.from(named);
    const answer = refusal(verifyBundle(bundle, buffer, byKey, { trust, now: () => now })).catch((error: unknown) =>
      error instanceof TypeError ? 'changed' : Promise.reject(error as Error),
    );
    for (let turn = 0; turn < turns; turn += 1) await (turn < 30 ? Promise.resolve() : new Promise(setImmediate));
    signed.copy(buffer);
    answers.add(await answer);
  }
  expect(answers).not.toContain('accepted');
});
