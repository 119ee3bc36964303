import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  attachBundle,
  createSigstore,
  type FakeRegistry,
  type FakeSigstore,
  type IssuedCertificate,
  pushImage,
  startRegistry,
} from '@sigtrail/testing';
import { createVerifier } from 'sigtrail';
import { type CosignLoop, loopOverCosign } from './cosign-loop.ts';
import { byAlice, type FleetImage, issuer, nth, SIGNERS, TAGS } from './fleet.ts';
import type { FleetJob, FleetRun } from './scale-run.ts';
import { startThrottlingFront } from './throttling-front.ts';

/** A fleet, and the registry that it comes from. */
export interface Scale {
  readonly references: number;
  readonly digests: number;
  readonly perSecond: number;
  readonly faultInEvery: number;
  readonly saysLimits?: boolean;
  /** The path of cosign, and over how many of the references it is run one after the other. */
  readonly cosign?: { readonly program: string; readonly references: number };
}

/** The result of a run. */
export interface ScaleFigures extends FleetRun {
  /** All that came to the registry: also what it throttled or let down. */
  readonly requests: number;
  /** What the same question costs from a registry without limits and faults: a request for each tag, and each digest discovered once. */
  readonly minimum: number;
  readonly throttled: number;
  readonly faults: number;
  readonly cosign?: CosignLoop;
}

const PROGRAM = fileURLToPath(new URL('scale-run.ts', import.meta.url));
const run = promisify(execFile);

/** Verifies a fleet against a registry that throttles and fails, and compares each verdict with the expected one. */
export async function verifyFleet(scale: Scale): Promise<ScaleFigures> {
  const [registry, sigstore] = await Promise.all([startRegistry({ delayMs: 5 }), createSigstore()]);
  const { trust } = sigstore;
  const front = await startThrottlingFront(registry.host, scale);
  const folder = await mkdtemp(join(tmpdir(), 'sigtrail-scale-'));
  try {
    const images = await pushFleet(registry, sigstore, scale.digests);
    const minimum = await minimumOf(registry, trust, images, scale);
    const job: FleetJob = { images, references: scale.references, host: front.host, trust };
    await writeFile(join(folder, 'job.json'), JSON.stringify(job));
    const argv = ['--conditions=@sigtrail/source', '--expose-gc', PROGRAM, join(folder, 'job.json')];
    const { stdout } = await run(process.execPath, argv, { maxBuffer: 16 * 1024 ** 2 });
    const figures = {
      ...(JSON.parse(stdout) as FleetRun), // written by our own program
      requests: front.requests(),
      minimum,
      throttled: front.throttled(),
      faults: front.faults(),
    };
    if (scale.cosign === undefined) return figures;
    const { program, references } = scale.cosign;
    return {
      ...figures,
      cosign: await loopOverCosign(program, { images, host: front.host, trust, folder }, references),
    };
  } finally {
    await rm(folder, { recursive: true });
    await front.close();
    await registry.close();
  }
}

async function pushFleet(
  registry: FakeRegistry,
  sigstore: FakeSigstore,
  digests: number,
): Promise<readonly FleetImage[]> {
  const certificate = async (name: string): Promise<IssuedCertificate> =>
    sigstore.issueCertificate({ san: [{ kind: 'email', value: `${name}@acme.test` }], issuer });
  const certificates = { alice: await certificate('alice'), bob: await certificate('bob') };
  return Array.from({ length: digests }, (_, index) => {
    const repository = `acme/app${index}`;
    const { digest, pinned } = pushImage(registry, `${repository}:v1`);
    for (const tag of TAGS) registry.tag(repository, tag, digest);
    const signer = SIGNERS[index % SIGNERS.length] ?? 'unsigned';
    if (signer !== 'unsigned')
      attachBundle(
        registry,
        pinned,
        sigstore.signBundle({ signer: certificates[signer], statement: { imageDigest: digest } }),
      );
    return { repository, digest, signer };
  });
}

/** A request for each reference without a digest, and what it takes to discover each digest once, counted at a registry without limits and faults. */
async function minimumOf(
  registry: FakeRegistry,
  trust: FleetJob['trust'],
  images: readonly FleetImage[],
  { references }: Scale,
): Promise<number> {
  let requests = 0;
  for (let index = 0; index < references; index += 1)
    if (!nth(images, index, registry.host).reference.includes('@')) requests += 1;
  await using verifier = createVerifier({ trust });
  for (const { repository, digest } of images)
    await verifier.evaluate(`${registry.host}/${repository}@${digest}`, byAlice);
  return requests + registry.requests.length;
}
