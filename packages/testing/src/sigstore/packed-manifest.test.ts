import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bundleManifest, createSigstore, generateKeyPair, pushManifest, signatureManifest } from '../index.ts';

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const subject = { mediaType: IMAGE, size: 401, digest: `sha256:${'ab'.repeat(32)}` };
const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe('bundleManifest', () => {
  it('is what cosign 3 pushes', async () => {
    const sigstore = await createSigstore();
    const bundle = sigstore.signBundle({ statement: { imageDigest: subject.digest }, signer: generateKeyPair() });
    const packed = bundleManifest(bundle, subject, { created: new Date('2026-03-04T05:06:07Z') });
    const layer = Buffer.from(JSON.stringify(bundle));
    expect(JSON.parse(packed.bytes.toString())).toEqual({
      schemaVersion: 2,
      mediaType: IMAGE,
      config: {
        mediaType: 'application/vnd.oci.empty.v1+json',
        size: 2,
        digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
        artifactType: BUNDLE,
      },
      layers: [{ mediaType: BUNDLE, size: layer.length, digest: digestOf(layer) }],
      annotations: {
        'dev.sigstore.bundle.content': 'dsse-envelope',
        'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1',
        'org.opencontainers.image.created': '2026-03-04T05:06:07Z',
      },
      subject,
      artifactType: BUNDLE,
    });
    expect(packed.digest).toBe(digestOf(packed.bytes));
    expect(packed.descriptor.artifactType).toBe(BUNDLE);
  });

  it('says message-signature of a message', async () => {
    const sigstore = await createSigstore();
    const bundle = sigstore.signBundle({ content: 'message', artifact: Buffer.from('x'), signer: generateKeyPair() });
    expect(bundleManifest(bundle, subject).bytes.toString()).toContain(
      '"dev.sigstore.bundle.content":"message-signature"',
    );
  });
});

describe('signatureManifest', () => {
  it('has a layer for each signature, even of the same payload', async () => {
    const sigstore = await createSigstore();
    const signers = [generateKeyPair(), generateKeyPair()];
    const layers = signers.map((signer) => sigstore.signImageLegacy({ imageDigest: subject.digest, signer }));
    const { bytes, blobs } = signatureManifest(layers);
    const manifest = JSON.parse(bytes.toString()) as { layers: { digest: string }[]; config: { digest: string } };
    expect(manifest.layers).toEqual(layers.map(({ layer }) => layer));
    expect(blobs.map(digestOf)).toEqual([manifest.config.digest, ...manifest.layers.map(({ digest }) => digest)]);
    expect('subject' in manifest).toBe(false);
  });

  it('with a subject is a referrer', async () => {
    const sigstore = await createSigstore();
    const layer = sigstore.signImageLegacy({ imageDigest: subject.digest, signer: generateKeyPair() });
    const artifactType = 'application/vnd.dev.cosign.artifact.sig.v1+json';
    const manifest: unknown = JSON.parse(signatureManifest([layer], subject).bytes.toString());
    expect(manifest).toMatchObject({ artifactType, subject, config: { mediaType: artifactType } });
  });
});

describe('pushManifest', () => {
  it('pushes blobs before the manifest', async () => {
    const sigstore = await createSigstore();
    const packed = signatureManifest([
      sigstore.signImageLegacy({ imageDigest: subject.digest, signer: generateKeyPair() }),
    ]);
    const pushed: string[] = [];
    const sink = {
      putBlob: (repository: string, bytes: Uint8Array) => String(pushed.push(`${repository} blob ${digestOf(bytes)}`)),
      putManifest: (repository: string, bytes: Uint8Array, mediaType: string, tag = '') => {
        pushed.push(`${repository} ${mediaType} ${tag}`);
        return digestOf(bytes);
      },
    };
    expect(pushManifest(sink, 'acme/app', packed, 'v1')).toBe(packed.digest);
    expect(pushed).toEqual([...packed.blobs.map((blob) => `acme/app blob ${digestOf(blob)}`), `acme/app ${IMAGE} v1`]);
  });
});
