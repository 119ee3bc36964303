import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SIGNER, startEmbeddedRegistry } from '../../examples/embedded-registry.ts';

/** An image that cosign signed, on a registry on loopback, and what its users give to verify it. */
export interface SignedImage extends AsyncDisposable {
  /** `127.0.0.1:PORT/acme/bundle-keyless-github:v1` */
  readonly reference: string;
  readonly trustedRoot: string;
  /** The flags of `sigtrail verify`. */
  readonly flags: readonly string[];
  /** A program of a user's: prints the reference to deploy. Takes the reference and the trusted root as arguments. */
  readonly program: string;
}

/** Starts the registry. */
export async function startSignedImage(): Promise<SignedImage> {
  const { registry, trust } = await startEmbeddedRegistry();
  const folder = await mkdtemp(join(tmpdir(), 'sigtrail-trust-'));
  const trustedRoot = join(folder, 'trusted_root.json');
  await writeFile(trustedRoot, trust.json);
  return {
    reference: `${registry.host}/acme/bundle-keyless-github:v1`,
    trustedRoot,
    flags: [
      `--certificate-identity=${SIGNER.subject}`,
      `--certificate-oidc-issuer=${SIGNER.issuer}`,
      `--trusted-root=${trustedRoot}`,
    ],
    program: FIVE_LINES,
    [Symbol.asyncDispose]: async () => {
      await registry.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

// Without `await` at the top level, which CommonJS doesn't have.
const FIVE_LINES = `
import { verifyImage } from 'sigtrail';
const [, , reference, file] = process.argv;
const signedBy = ${JSON.stringify(SIGNER)};
verifyImage(reference, { signedBy }, { trust: { file } }).then((image) => console.log(image.reference));
`;

/** What the program prints: the image by its digest. */
export const VERIFIED: RegExp = /^127\.0\.0\.1:\d+\/acme\/bundle-keyless-github@sha256:[0-9a-f]{64}\n$/;
