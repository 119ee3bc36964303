import { bundleFromJSON } from '@sigstore/bundle';
import { toTransparencyLogEntry } from '@sigtrail/rekor';
import { createSigstore, type FakeSigstore, generateKeyPair, type LegacyLayer } from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { artifact, digest, identity, now } from '../../test/attempt.ts';
import { isSigtrailError } from '../error.ts';
import { verifyBundle } from '../verify-bundle.ts';
import type { SignatureLayer } from './signature-layer.ts';
import { toBundle } from './to-bundle.ts';

let sigstore: FakeSigstore;

beforeAll(async () => {
  sigstore = await createSigstore({ now });
});

const BUNDLE = 'dev.sigstore.cosign/bundle';
const V01 = 'application/vnd.dev.sigstore.bundle+json;version=0.1';
const V03 = 'application/vnd.dev.sigstore.bundle.v0.3+json';

function layerOf({ payload, layer }: LegacyLayer, kind: SignatureLayer['kind'] = 'simple-signing'): SignatureLayer {
  return { kind, bytes: payload, annotations: layer.annotations ?? {} };
}

/** The entry as the log serves it today: promise and proof. */
function loggedEntry({ logged }: LegacyLayer): ReturnType<typeof toTransparencyLogEntry> {
  if (logged === undefined) throw new Error('it was not logged');
  const { rekor } = sigstore;
  const { treeIndex, hashes, treeSize, rootHash, checkpoint } = rekor.prove(logged);
  return toTransparencyLogEntry({
    ...logged,
    logId: rekor.logId.toString('hex'),
    inclusionProof: { logIndex: treeIndex, hashes, treeSize, rootHash, checkpoint },
  });
}

async function verify(layer: SignatureLayer, policy: object = { signedBy: identity }): Promise<string> {
  const trust = { json: JSON.stringify(sigstore.trustedRoot()) };
  const subject = layer.kind === 'dsse' ? artifact : layer.bytes;
  const { report } = await verifyBundle(toBundle(layer), subject, policy as never, { trust, now: () => now });
  return `${report.accepted} ${report.secondJudge.verdict}`;
}

describe('a layer as a bundle', () => {
  it('has version 0.1 if the layer has the log’s promise, and verifies as a signature of the payload', async () => {
    const layer = layerOf(sigstore.signImageLegacy({ imageDigest: digest, signer: await sigstore.issueCertificate() }));
    const bundle = toBundle(layer);
    expect(bundle.mediaType).toBe(V01);
    expect(bundleFromJSON(bundle).verificationMaterial.content.$case).toBe('x509CertificateChain');
    expect(await verify(layer)).toBe('true accepted');
  });

  it('has version 0.3 if the given entry has a proof', async () => {
    const made = sigstore.signImageLegacy({ imageDigest: digest, signer: await sigstore.issueCertificate() });
    const { [BUNDLE]: _, ...annotations } = layerOf(made).annotations;
    const bundle = toBundle({ ...layerOf(made), annotations }, { logEntries: [loggedEntry(made)] });
    expect(bundle.mediaType).toBe(V03);
    expect(bundleFromJSON(bundle).verificationMaterial.tlogEntries[0]?.inclusionProof?.checkpoint).toBeDefined();
    const { report } = await verifyBundle(
      bundle,
      made.payload,
      { signedBy: identity, require: { time: 0 } },
      { trust: { json: JSON.stringify(sigstore.trustedRoot()) }, now: () => now },
    );
    expect([report.accepted, report.secondJudge.verdict]).toEqual([true, 'accepted']);
  });

  it('has version 0.3 if it carries no entry, with the timestamp of the signature', async () => {
    const layer = layerOf(
      sigstore.signImageLegacy({
        imageDigest: digest,
        signer: await sigstore.issueCertificate(),
        rekor: false,
        timestamp: true,
      }),
    );
    expect(toBundle(layer).mediaType).toBe(V03);
    expect(await verify(layer, { signedBy: identity, require: { log: 0 } })).toBe('true accepted');
  });

  it('holds the signature of a key', async () => {
    const signer = generateKeyPair('p256');
    const layer = layerOf(sigstore.signImageLegacy({ imageDigest: digest, signer }));
    expect(bundleFromJSON(toBundle(layer)).verificationMaterial.content.$case).toBe('publicKey');
    expect(await verify(layer, { signedBy: { key: signer.spki } })).toBe('true accepted');
  });

  it('holds an envelope, and leaves out its timestamp if a log entry gives the time', async () => {
    const layer = layerOf(
      sigstore.signAttestationLegacy({
        statement: { imageDigest: digest },
        signer: await sigstore.issueCertificate(),
        timestamp: true,
      }),
      'dsse',
    );
    expect(toBundle(layer).verificationMaterial.timestampVerificationData).toBeUndefined();
    expect(await verify(layer)).toBe('true accepted');
  });

  it('comes out of JSON as it went in', async () => {
    const layer = layerOf(
      sigstore.signImageLegacy({ imageDigest: digest, signer: await sigstore.issueCertificate(), timestamp: true }),
    );
    const bundle = toBundle(layer);
    const read = bundleFromJSON(JSON.parse(JSON.stringify(bundle)));
    expect(read.mediaType).toBe(bundle.mediaType);
    expect(
      read.content.$case === 'messageSignature' && read.content.messageSignature.signature.toString('base64'),
    ).toBe(layer.annotations['dev.cosignproject.cosign/signature']);
    expect(read.verificationMaterial.timestampVerificationData?.rfc3161Timestamps).toHaveLength(1);
    expect(read.verificationMaterial.tlogEntries).toHaveLength(1);
  });

  it('brings no self-signed certificate', async () => {
    const layer = layerOf(sigstore.signImageLegacy({ imageDigest: digest, signer: await sigstore.issueCertificate() }));
    expect(layer.annotations['dev.sigstore.cosign/chain']?.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(toBundle(layer).verificationMaterial.x509CertificateChain?.certificates).toHaveLength(2);
  });
});

describe('what a bundle can’t say', () => {
  const refusal = (layer: SignatureLayer, options?: object): string => {
    try {
      toBundle(layer, options);
      return 'written';
    } catch (error) {
      if (!isSigtrailError(error)) throw error;
      return `${error.code}: ${error.message}`;
    }
  };
  const sig = async (): Promise<SignatureLayer> =>
    layerOf(sigstore.signImageLegacy({ imageDigest: digest, signer: await sigstore.issueCertificate() }));
  const att = async (options: object = {}): Promise<SignatureLayer> =>
    layerOf(
      sigstore.signAttestationLegacy({
        statement: { imageDigest: digest },
        signer: await sigstore.issueCertificate(),
        ...options,
      }),
      'dsse',
    );
  const annotated = ({ annotations, ...layer }: SignatureLayer, name: string, value: string): SignatureLayer => ({
    ...layer,
    annotations: { ...annotations, [name]: value },
  });

  it.each([
    [
      'a layer without a signature',
      'dev.cosignproject.cosign/signature',
      '',
      'has no dev.cosignproject.cosign/signature',
    ],
    ['a signature that isn’t base64', 'dev.cosignproject.cosign/signature', '!', 'is not base64'],
    ['a certificate that isn’t PEM', 'dev.sigstore.cosign/certificate', 'a key', 'is not PEM certificates'],
    ['an entry that isn’t JSON', BUNDLE, '{', 'is not JSON'],
    ['an entry without members', BUNDLE, '{}', 'is malformed'],
    ['a timestamp without members', 'dev.sigstore.cosign/rfc3161timestamp', '{}', 'is malformed'],
  ])('refuses %s', async (_, name, value, why) => {
    const layer = await sig();
    expect(refusal(layer)).toBe('written');
    const said = refusal(annotated(layer, name, value));
    expect(said).toMatch(/^invalid-bundle: the layer can't be written as a Sigstore bundle: /);
    expect(said).toContain(why);
  });

  it('refuses an entry without a promise', async () => {
    const layer = await sig();
    const entry = JSON.parse(layer.annotations[BUNDLE] ?? '') as object;
    expect(refusal(annotated(layer, BUNDLE, JSON.stringify({ ...entry, SignedEntryTimestamp: '' })))).toContain(
      'neither a promise nor a proof',
    );
  });

  it('refuses bytes that aren’t an envelope', async () => {
    expect(refusal({ ...(await att()), bytes: Buffer.from('{}') })).toContain('not a DSSE envelope');
  });

  it('refuses an envelope of several signatures unless one is named, and a name that it doesn’t have', async () => {
    const { bytes, ...layer } = await att();
    const envelope = JSON.parse(Buffer.from(bytes).toString('utf8')) as { readonly signatures: readonly object[] };
    const two = {
      ...layer,
      bytes: Buffer.from(JSON.stringify({ ...envelope, signatures: [...envelope.signatures, ...envelope.signatures] })),
    };
    expect(refusal(two)).toContain('has 2 signatures and a bundle has one');
    expect(refusal({ ...two, signature: 1 })).toBe('written');
    expect(refusal({ ...two, signature: 2 })).toContain('so there is no signature 2');
  });

  it('refuses a timestamp of a whole envelope that is its only time', async () => {
    expect(refusal(await att({ rekor: false, timestamp: true }))).toContain(
      'timestamps in a bundle cover the signature',
    );
    expect(refusal(await att({ timestamp: true }))).toBe('written');
  });

  it('refuses entries beside the one that the layer carries, and entries that a bundle can’t hold', async () => {
    const made = sigstore.signImageLegacy({ imageDigest: digest, signer: await sigstore.issueCertificate() });
    expect(refusal(layerOf(made), { logEntries: [loggedEntry(made)] })).toContain('"logEntries" gives others');
    const { [BUNDLE]: _, ...annotations } = layerOf(made).annotations;
    const { inclusionProof: __, ...bare } = loggedEntry(made);
    expect(refusal({ ...layerOf(made), annotations }, { logEntries: [bare] })).toMatch(/^invalid-bundle: /);
    const { kindVersion: ___, ...nameless } = loggedEntry(made);
    for (const entry of [7, nameless])
      expect(refusal({ ...layerOf(made), annotations }, { logEntries: [entry] })).toContain('doesn’t say its kind');
  });

  it.each([
    ['another kind', { kind: 'bundle' }, 'invalid-option'],
    ['text for bytes', { bytes: 'text' }, 'invalid-option'],
    ['annotations that aren’t text', { annotations: { a: 1 } }, 'invalid-option'],
    ['an index beside a message', { signature: 0 }, 'invalid-option'],
    ['an unknown member', { signatures: 0 }, 'unknown-option'],
  ])('throws a TypeError for %s', async (_, wrong, code) => {
    const layer = await sig();
    expect(() => toBundle({ ...layer, ...wrong } as never)).toThrow(expect.objectContaining({ code }));
    expect(() => toBundle({ ...layer, ...wrong } as never)).toThrow(TypeError);
  });

  it('throws a TypeError for an option it doesn’t know', async () => {
    const layer = await sig();
    expect(() => toBundle(layer, { entries: [] } as never)).toThrow(
      expect.objectContaining({ code: 'unknown-option' }),
    );
    expect(() => toBundle(layer, { logEntries: 'one' } as never)).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });
});
