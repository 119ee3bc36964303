import {
  bundleManifest,
  createSigstore,
  descriptorOf,
  EMPTY_CONFIG,
  type FakeRegistry,
  manifestOf,
  MEDIA_TYPE,
  pushManifest,
  startRegistry,
} from '@sigtrail/testing';
import { createVerifier, type ImageReport } from 'sigtrail';
import { startThrottlingFront } from './throttling-front.ts';
import { watchMemory } from './watch-memory.ts';

/** The result of verifying many images at once. */
export interface ManyImages {
  readonly images: number;
  readonly verified: number;
  readonly milliseconds: number;
  /** Requests that the registry answered, without those that were throttled. */
  readonly requests: number;
  readonly throttled: number;
  /** How much larger the process was at its largest than before, in MiB. */
  readonly peakMiB: number;
  /** Of the first image that was not verified. */
  readonly problem?: string;
}

/** How the registry answers. */
export interface World {
  readonly images: number;
  readonly delayMs: number;
  /** Requests that the registry lets through in a second. Unless given: any number. */
  readonly perSecond?: number;
}

/** Signs the given number of images, and verifies all of them at once with one verifier under default options. */
export async function verifyManyImages({ images, delayMs, perSecond }: World): Promise<ManyImages> {
  const registry = await startRegistry({ delayMs });
  const front = perSecond === undefined ? undefined : await startThrottlingFront(registry.host, { perSecond });
  try {
    const { trust, signedBy, repositories } = await signImages(registry, images);
    const host = front?.host ?? registry.host;
    const before = registry.requests.length;
    await using verifier = createVerifier({ trust });
    const memory = watchMemory();
    const started = performance.now();
    const reports = await Promise.all(
      repositories.map(async (repository) => verifier.evaluate(`${host}/${repository}:v1`, { signedBy })),
    );
    const open = reports.find(
      (report): report is Exclude<ImageReport, { verdict: 'verified' }> => report.verdict !== 'verified',
    );
    return {
      images,
      verified: reports.filter(({ verdict }) => verdict === 'verified').length,
      milliseconds: performance.now() - started,
      requests: registry.requests.length - before,
      throttled: front?.throttled() ?? 0,
      peakMiB: memory.stop(),
      ...(open === undefined ? {} : { problem: open.problems[0]?.message ?? open.verdict }),
    };
  } finally {
    await front?.close();
    await registry.close();
  }
}

async function signImages(
  registry: FakeRegistry,
  images: number,
): Promise<{
  readonly trust: { readonly json: string };
  readonly signedBy: { readonly issuer: string; readonly subject: string };
  readonly repositories: readonly string[];
}> {
  const sigstore = await createSigstore();
  const signedBy = { issuer: 'https://issuer.test', subject: 'dev@acme.test' };
  const signer = await sigstore.issueCertificate({
    san: [{ kind: 'email', value: signedBy.subject }],
    issuer: signedBy.issuer,
  });
  const repositories = Array.from({ length: images }, (_, index) => {
    const repository = `acme/app${index}`;
    const layer = { bytes: Buffer.from(`image ${index}`), mediaType: 'text/plain' };
    for (const { bytes } of [layer, EMPTY_CONFIG]) registry.putBlob(repository, bytes);
    const bytes = manifestOf(EMPTY_CONFIG, [layer]);
    const imageDigest = registry.putManifest(repository, bytes, MEDIA_TYPE.manifest, 'v1');
    const bundle = sigstore.signBundle({ signer, statement: { imageDigest } });
    pushManifest(registry, repository, bundleManifest(bundle, descriptorOf({ bytes, mediaType: MEDIA_TYPE.manifest })));
    return repository;
  });
  return { trust: { json: JSON.stringify(sigstore.trustedRoot()) }, signedBy, repositories };
}
