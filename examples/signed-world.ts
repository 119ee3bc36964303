import {
  bundleManifest,
  createSigstore,
  descriptorOf,
  EMPTY_CONFIG,
  type FakeRegistry,
  type FakeSigstore,
  manifestOf,
  MEDIA_TYPE,
  pushManifest,
  startRegistry,
} from '@sigtrail/testing';

/** An image on a loopback registry, and a Sigstore that signs for any name it is given. In production both are real services. */
export interface SignedWorld {
  readonly registry: FakeRegistry;
  readonly sigstore: FakeSigstore;
  readonly reference: string;
  readonly trust: { readonly json: string };
  /** The certificates of the authority, PEM: issuing certificate first. */
  readonly authority: string;
  /** The key of the transparency log, PEM. */
  readonly log: string;
  /** A person signs a file: the Sigstore bundle, as JSON. */
  signFile(email: string, file: Uint8Array): Promise<string>;
  /** A person signs the image, or attests something about it. */
  sign(email: string, attestation?: { readonly predicateType: string; readonly predicate: object }): Promise<void>;
}

/** Who vouches for people here. */
export const ISSUER = 'https://accounts.acme.test';

const toPemCertificate = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;

/** Starts it. Close the registry at the end. */
export async function startSignedWorld(): Promise<SignedWorld> {
  const registry = await startRegistry();
  const sigstore = await createSigstore();
  const layer = { bytes: Buffer.from('hello'), mediaType: 'text/plain' };
  for (const { bytes } of [layer, EMPTY_CONFIG]) registry.putBlob('acme/app', bytes);
  const manifest = manifestOf(EMPTY_CONFIG, [layer]);
  const imageDigest = registry.putManifest('acme/app', manifest, MEDIA_TYPE.manifest, 'v1');
  const image = descriptorOf({ bytes: manifest, mediaType: MEDIA_TYPE.manifest });
  return {
    registry,
    sigstore,
    reference: `${registry.host}/acme/app:v1`,
    trust: { json: JSON.stringify(sigstore.trustedRoot()) },
    authority: sigstore.ca.chain.map(toPemCertificate).join(''),
    log: sigstore.rekor.key.pem,
    async signFile(email, file) {
      const signer = await sigstore.issueCertificate({ san: [{ kind: 'email', value: email }], issuer: ISSUER });
      return JSON.stringify(sigstore.signBundle({ signer, content: 'message', artifact: file }));
    },
    async sign(email, attestation) {
      const signer = await sigstore.issueCertificate({ san: [{ kind: 'email', value: email }], issuer: ISSUER });
      const bundle = sigstore.signBundle({ signer, statement: { imageDigest, ...(attestation as object) } });
      pushManifest(registry, 'acme/app', bundleManifest(bundle, image));
    },
  };
}
