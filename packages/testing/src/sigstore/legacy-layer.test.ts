import { createHash, verify, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  createSigstore,
  type FakeSigstore,
  generateKeyPair,
  type LegacyLayer,
  simpleSigningPayload,
} from '../index.ts';

const imageDigest = `sha256:${'ab'.repeat(32)}`;
const KEY = {
  signature: 'dev.cosignproject.cosign/signature',
  bundle: 'dev.sigstore.cosign/bundle',
  certificate: 'dev.sigstore.cosign/certificate',
  chain: 'dev.sigstore.cosign/chain',
  timestamp: 'dev.sigstore.cosign/rfc3161timestamp',
} as const;

describe('signImageLegacy', () => {
  it('writes the payload of cosign, byte for byte', () => {
    const options = { imageDigest, dockerReference: 'registry.test/acme/app' };
    expect(simpleSigningPayload(options).toString()).toBe(
      `{"critical":{"identity":{"docker-reference":"registry.test/acme/app"},"image":{"docker-manifest-digest":"${imageDigest}"},"type":"cosign container image signature"},"optional":null}`,
    );
    expect(simpleSigningPayload({ ...options, annotations: { env: 'prod' } }).toString()).toContain(
      '"optional":{"env":"prod"}}',
    );
  });

  it('signs the payload, with certificate, chain, SET and timestamp in annotations', async () => {
    const sigstore = await createSigstore();
    const layer = sigstore.signImageLegacy({ imageDigest, signer: await sigstore.issueCertificate(), timestamp: true });
    expect(Object.keys(layer.layer.annotations ?? {})).toEqual(Object.values(KEY).toSorted());
    const { publicKey } = new X509Certificate(annotation(layer, KEY.certificate));
    expect(verify('sha256', layer.payload, publicKey, Buffer.from(annotation(layer, KEY.signature), 'base64'))).toBe(
      true,
    );
    expect(annotation(layer, KEY.chain).match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(setVerifies(sigstore, layer)).toBe(true);
  });

  it('is logged as rekord as in 2021, and only by a log that knows such entries', async () => {
    const sigstore = await createSigstore();
    const signer = generateKeyPair('p384');
    const { payload, signature, logged } = sigstore.signImageLegacy({
      imageDigest,
      signer,
      rekor: { log: sigstore.rekor, kind: 'rekord' },
    });
    expect(JSON.parse(logged?.body.toString() ?? '')).toEqual({
      apiVersion: '0.0.1',
      kind: 'rekord',
      spec: {
        data: { hash: { algorithm: 'sha256', value: createHash('sha256').update(payload).digest('hex') } },
        signature: {
          content: signature.toString('base64'),
          format: 'x509',
          publicKey: { content: Buffer.from(signer.pem).toString('base64') },
        },
      },
    });
    const wrong = { log: sigstore.rekor2, kind: 'rekord' as const };
    expect(() => sigstore.signImageLegacy({ imageDigest, signer, rekor: wrong })).toThrow(
      /no entries of kind "rekord"/,
    );
  });

  it('with a key has neither certificate nor chain', async () => {
    const sigstore = await createSigstore();
    const layer = sigstore.signImageLegacy({ imageDigest, signer: generateKeyPair(), rekor: false });
    expect(Object.keys(layer.layer.annotations ?? {})).toEqual([KEY.signature]);
  });

  it('can be spoiled, one thing at a time', async () => {
    const sigstore = await createSigstore();
    const signer = await sigstore.issueCertificate();
    const other = await sigstore.issueCertificate();
    const edited = sigstore.signImageLegacy({ imageDigest, signer, tamper: { logPayload: { integratedTime: 1 } } });
    expect(setVerifies(sigstore, edited)).toBe(false);
    const swapped = sigstore.signImageLegacy({ imageDigest, signer, tamper: { certificate: other } });
    expect(annotation(swapped, KEY.certificate)).toBe(other.pem);
    const flipped = sigstore.signImageLegacy({
      imageDigest,
      signer,
      tamper: { signedEntryTimestamp: () => Buffer.of(1) },
    });
    expect(setVerifies(sigstore, flipped)).toBe(false);
    const payload = sigstore.signImageLegacy({ imageDigest, signer, tamper: { payload: () => Buffer.from('{}') } });
    expect([payload.payload.toString(), payload.layer.size]).toEqual(['{}', 2]);
    const bare = sigstore.signImageLegacy({ imageDigest, signer, tamper: { annotations: () => ({}) } });
    expect(bare.layer.annotations).toEqual({});
  });

  it('refuses Rekor v2, which has no SET to put there', async () => {
    const sigstore = await createSigstore();
    const options = { imageDigest, signer: generateKeyPair(), rekor: sigstore.rekor2 };
    expect(() => sigstore.signImageLegacy(options)).toThrow(TypeError);
  });
});

describe('signAttestationLegacy', () => {
  it('puts the envelope into the layer and leaves the signature annotation empty', async () => {
    const sigstore = await createSigstore();
    const predicateType = 'https://slsa.dev/provenance/v1';
    const layer = sigstore.signAttestationLegacy({
      statement: { imageDigest, predicateType },
      signer: await sigstore.issueCertificate(),
    });
    expect(layer.layer.mediaType).toBe('application/vnd.dsse.envelope.v1+json');
    expect(annotation(layer, KEY.signature)).toBe('');
    expect(annotation(layer, 'predicateType')).toBe(predicateType);
    const envelope = JSON.parse(layer.payload.toString()) as { payload: string; signatures: { sig: string }[] };
    expect(envelope.signatures[0]?.sig).toBe(layer.signature.toString('base64'));
    expect(Buffer.from(envelope.payload, 'base64').toString()).toContain('https://in-toto.io/Statement/v0.1');
    expect(setVerifies(sigstore, layer)).toBe(true);
  });
});

function annotation({ layer }: LegacyLayer, key: string): string {
  return layer.annotations?.[key] ?? '';
}

/** Over RFC 8785 JSON of exactly what the annotation says. */
function setVerifies(sigstore: FakeSigstore, layer: LegacyLayer): boolean {
  const { SignedEntryTimestamp, Payload } = JSON.parse(annotation(layer, KEY.bundle)) as {
    SignedEntryTimestamp: string;
    Payload: { body: string; integratedTime: number; logID: string; logIndex: number };
  };
  const { body, integratedTime, logID, logIndex } = Payload;
  const signed = Buffer.from(JSON.stringify({ body, integratedTime, logID, logIndex }));
  return verify('sha256', signed, sigstore.rekor.key.publicKey, Buffer.from(SignedEntryTimestamp, 'base64'));
}
