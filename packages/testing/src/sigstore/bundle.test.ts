import { createHash, verify, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type BundleJson, createSigstore, entryResponse, generateKeyPair, type TlogEntryJson } from '../index.ts';
import { hashLeaf } from './merkle-tree.ts';
import { preAuthenticationEncoding } from './signed-content.ts';

const imageDigest = `sha256:${'ab'.repeat(32)}`;
const ARTIFACT = Buffer.from('an artifact');

describe('signBundle', () => {
  it('signs a statement as cosign 3 does', async () => {
    const sigstore = await createSigstore();
    const signer = await sigstore.issueCertificate();
    const bundle = sigstore.signBundle({ statement: { imageDigest, annotations: { env: 'prod' } }, signer });
    const { payload, payloadType, signatures } = bundle.dsseEnvelope!;
    expect(Buffer.from(payload, 'base64').toString()).toBe(
      `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"${'ab'.repeat(32)}"},"annotations":{"env":"prod"}}],"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}`,
    );
    const signed = preAuthenticationEncoding(payloadType, Buffer.from(payload, 'base64'));
    const { rawBytes } = bundle.verificationMaterial.certificate!;
    const { publicKey } = new X509Certificate(Buffer.from(rawBytes, 'base64'));
    expect(verify('sha256', signed, publicKey, Buffer.from(signatures[0]!.sig, 'base64'))).toBe(true);
    expect(bundle.verificationMaterial.tlogEntries).toHaveLength(1);
    expect(bundle.verificationMaterial.timestampVerificationData).toBeUndefined();
  });

  it.each(['p256', 'p384', 'p521', 'rsa2048', 'ed25519'] as const)('signs a message with a %s key', async (kind) => {
    const sigstore = await createSigstore();
    const signer = generateKeyPair(kind);
    const { messageSignature, verificationMaterial } = sigstore.signBundle({
      content: 'message',
      artifact: ARTIFACT,
      signer,
    });
    const algorithm = kind === 'ed25519' ? null : kind === 'p384' ? 'sha384' : kind === 'p521' ? 'sha512' : 'sha256';
    expect(verify(algorithm, ARTIFACT, signer.publicKey, Buffer.from(messageSignature!.signature, 'base64'))).toBe(
      true,
    );
    expect(messageSignature!.messageDigest.digest).toBe(
      createHash(algorithm ?? 'sha256')
        .update(ARTIFACT)
        .digest('base64'),
    );
    expect(verificationMaterial.publicKey).toEqual({ hint: signer.hint });
  });

  it('keeps certificates where each version has them', async () => {
    const sigstore = await createSigstore();
    const signer = await sigstore.issueCertificate();
    const materialOf = (version: '0.1' | '0.2' | '0.3', withChain?: boolean): BundleJson['verificationMaterial'] =>
      sigstore.signBundle({
        statement: { imageDigest },
        signer,
        version,
        ...(withChain === undefined ? {} : { withChain }),
      }).verificationMaterial;
    expect(materialOf('0.1').x509CertificateChain?.certificates).toHaveLength(2);
    expect(materialOf('0.2').certificate).toBeUndefined();
    expect(materialOf('0.3').x509CertificateChain).toBeUndefined();
    expect(materialOf('0.3', true).x509CertificateChain?.certificates).toHaveLength(2);
  });

  it('proves its entry in the log, with hashes on the way', async () => {
    const sigstore = await createSigstore();
    const bundle = sigstore.signBundle({ statement: { imageDigest }, signer: generateKeyPair() });
    const [entry] = bundle.verificationMaterial.tlogEntries;
    const value = Object.values(entryResponse(sigstore.rekor, Number(entry!.logIndex))!)[0]!;
    expect(entry!.canonicalizedBody).toBe(value.body);
    expect(entry!.inclusionProof?.hashes.length).toBeGreaterThan(1);
    expect(entry!.inclusionProof?.checkpoint?.envelope).toContain(`\n${entry!.inclusionProof?.rootHash}\n`);
    const logged = sigstore.rekor.entries[Number(entry!.inclusionProof?.logIndex)];
    expect(logged?.leafHash).toEqual(hashLeaf(Buffer.from(value.body, 'base64')));
  });

  it.each([
    { kind: undefined, v1: 'dsse 0.0.1', v2: 'hashedrekord 0.0.2' },
    { kind: 'hashedrekord', v1: 'hashedrekord 0.0.1', v2: 'hashedrekord 0.0.2' },
    { kind: 'dsse', v1: 'dsse 0.0.1', v2: 'dsse 0.0.2' },
  ] as const)('logs an envelope as $v1 and $v2 when asked for $kind', async ({ kind, v1, v2 }) => {
    const sigstore = await createSigstore();
    const logs = [sigstore.rekor, sigstore.rekor2].map((log) => (kind === undefined ? log : { log, kind }));
    const bundle = sigstore.signBundle({ statement: { imageDigest }, signer: generateKeyPair(), logs });
    expect(bundle.verificationMaterial.tlogEntries.map(kindOf)).toEqual([v1, v2]);
    expect(bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps).toHaveLength(1);
  });

  it('logs an envelope as intoto with its signature encoded twice', async () => {
    const sigstore = await createSigstore();
    const logs = [{ log: sigstore.rekor, kind: 'intoto' as const }];
    const bundle = sigstore.signBundle({ statement: { imageDigest }, signer: generateKeyPair(), logs });
    const body = bodyOf(bundle) as { spec: { content: { envelope: { signatures: { sig: string }[] } } } };
    const twice = body.spec.content.envelope.signatures[0]!.sig;
    expect(Buffer.from(twice, 'base64').toString()).toBe(bundle.dsseEnvelope!.signatures[0]!.sig);
  });

  it('refuses what no log can hold', async () => {
    const sigstore = await createSigstore();
    const signer = generateKeyPair();
    const intoV2 = { log: sigstore.rekor2, kind: 'intoto' as const };
    expect(() => sigstore.signBundle({ statement: { imageDigest }, signer, logs: [intoV2] })).toThrow(TypeError);
    const message = { content: 'message' as const, artifact: ARTIFACT };
    const asDsse = { log: sigstore.rekor, kind: 'dsse' as const };
    expect(() => sigstore.signBundle({ ...message, signer, logs: [asDsse] })).toThrow(TypeError);
  });

  it('lets the log sign an edited body, or edits what the log has signed', async () => {
    const sigstore = await createSigstore();
    const other = await sigstore.issueCertificate();
    const bundle = sigstore.signBundle({
      statement: { imageDigest },
      signer: await sigstore.issueCertificate(),
      logs: [
        { log: sigstore.rekor, verifier: other },
        { log: sigstore.rekor, body: (body) => ({ ...body, extra: 1 }) },
        { log: sigstore.rekor, promise: false, edit: (entry) => ({ ...entry, integratedTime: '1' }) },
        { log: sigstore.rekor, proof: false },
      ],
    });
    const [named, extra, edited, unproven] = bundle.verificationMaterial.tlogEntries;
    const { spec } = decode(named!) as { spec: { signatures: { verifier: string }[] } };
    expect(Buffer.from(spec.signatures[0]!.verifier, 'base64').toString()).toBe(other.pem);
    expect(decode(extra!)).toMatchObject({ extra: 1 });
    expect([edited!.integratedTime, edited!.inclusionPromise]).toEqual(['1', undefined]);
    expect(unproven!.inclusionProof).toBeUndefined();
    expect(unproven!.inclusionPromise).toBeDefined();
  });

  it('carries an edited signature everywhere', async () => {
    const sigstore = await createSigstore();
    const signature = (bytes: Buffer): Buffer => Buffer.from(bytes.toReversed());
    const bundle = sigstore.signBundle({ statement: { imageDigest }, signer: generateKeyPair(), signature });
    const body = bodyOf(bundle) as { spec: { signatures: { signature: string }[] } };
    expect(body.spec.signatures[0]!.signature).toBe(bundle.dsseEnvelope!.signatures[0]!.sig);
  });
});

function kindOf({ kindVersion }: TlogEntryJson): string {
  return `${kindVersion.kind} ${kindVersion.version}`;
}

function decode(entry: TlogEntryJson): unknown {
  return JSON.parse(Buffer.from(entry.canonicalizedBody, 'base64').toString());
}

function bodyOf(bundle: BundleJson): unknown {
  return decode(bundle.verificationMaterial.tlogEntries[0]!);
}
