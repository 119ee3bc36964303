import {
  createSigstore,
  EMPTY_CONFIG,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  type LegacyLayer,
  manifestOf,
  MEDIA_TYPE,
  pushManifest,
  signatureManifest,
  startRegistry,
  startRekor,
} from '@sigtrail/testing';

/** Who signs, unless told otherwise. */
export const SIGNER: { readonly subject: string; readonly issuer: string } = {
  subject: GITHUB_WORKFLOW,
  issuer: GITHUB_ISSUER,
};

/** A registry with an image, and a Sigstore with a log, on loopback. Close it at the end. */
export interface EmbeddedSigstore {
  readonly reference: string;
  readonly trust: { readonly json: string };
  readonly logs: readonly { readonly url: string; readonly log: string }[];
  /** Signs the image, logs that, and pushes the signature. */
  sign(options?: { readonly email?: string; readonly pushed?: boolean }): Promise<void>;
  /** Deletes all signatures from the registry. The log keeps their entries. */
  deleteSignatures(): void;
  /** The log goes back to what it was before its last entries. */
  rollBack(): void;
  close(): Promise<void>;
}

export async function startEmbeddedSigstore(): Promise<EmbeddedSigstore> {
  const [sigstore, registry] = await Promise.all([
    createSigstore({ rekor: { indexOffset: 0, neighbours: 1 } }),
    startRegistry(),
  ]);
  const rekor = await startRekor(sigstore.rekor);
  registry.putBlob('acme/app', EMPTY_CONFIG.bytes);
  const digest = registry.putManifest('acme/app', manifestOf(EMPTY_CONFIG, []), MEDIA_TYPE.manifest, 'v1');
  const layers: LegacyLayer[] = [];
  return {
    reference: `${registry.host}/acme/app:v1`,
    trust: { json: JSON.stringify(sigstore.trustedRoot({ logs: [sigstore.rekor] })) },
    logs: [{ url: rekor.url, log: sigstore.rekor.baseUrl }],
    async sign({ email, pushed = true } = {}) {
      const san = email === undefined ? {} : { san: [{ kind: 'email', value: email } as const] };
      const signer = await sigstore.issueCertificate(san);
      const dockerReference = `${registry.host}/acme/app`;
      const layer = sigstore.signImageLegacy({ imageDigest: digest, dockerReference, signer });
      if (!pushed) return;
      layers.push(layer);
      pushManifest(registry, 'acme/app', signatureManifest(layers), `${digest.replace(':', '-')}.sig`);
    },
    deleteSignatures() {
      layers.splice(0);
      registry.remove('acme/app', `${digest.replace(':', '-')}.sig`);
    },
    rollBack() {
      rekor.shards = [sigstore.rekor.fork(2)];
    },
    async close() {
      await Promise.all([registry.close(), rekor.close()]);
    },
  };
}
