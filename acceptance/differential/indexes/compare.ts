import { createSigstore, generateKeyPair, startRegistry } from '@sigtrail/testing';
import { createVerifier, isSigtrailError, type Verifier, type VerifiedPlatforms } from 'sigtrail';
import { createRandom, type Random } from '../../../packages/sigtrail/test/mutations/random.ts';
import type { Choice, Clients, PlatformName } from './clients.ts';
import { type GeneratedIndex, generateIndex } from './generate-index.ts';
import { createPool } from './pool.ts';

/** A manifest that a client would run from a verified reference, and that we did not check. */
export interface IndexFinding extends Choice {
  readonly seed: number;
  readonly asked: 'each' | readonly PlatformName[];
  readonly from: 'a reference that was returned' | 'the tag, for a platform that was asked for';
  readonly index: string;
}

/** The result of a run. */
export interface IndexComparison {
  readonly indexes: number;
  /** Questions that ended as verified, and those of them that named the index. */
  readonly verified: number;
  readonly namedIndex: number;
  /** How many choices of each client were compared with the manifests that we checked. */
  readonly choices: ReadonlyMap<string, number>;
  readonly findings: readonly IndexFinding[];
}

const NOW = new Date('2026-03-01T12:00:00Z');
const REPOSITORY = 'acme/app';
/** The platforms of hosts, and those that people ask for. */
export const HOSTS: readonly PlatformName[] = [
  'linux/amd64',
  'linux/amd64/v2',
  'linux/amd64/v3',
  'linux/386',
  'linux/arm64',
  'linux/arm64/v8',
  'linux/arm',
  'linux/arm/v5',
  'linux/arm/v6',
  'linux/arm/v7',
  'linux/s390x',
  'windows/amd64',
  'darwin/arm64',
];

/**
 * Compares `verify` with `platforms` with crane, skopeo and containerd: we must have checked whatever any of them runs from a returned reference, or from the
 * tag on a host of a requested platform.
 */
export async function compareIndexes(options: {
  readonly seed: number;
  readonly count: number;
  /** The clients, given the repository that they read from. */
  readonly clients: (repository: string) => Clients;
  readonly hosts?: readonly PlatformName[];
}): Promise<IndexComparison> {
  const hosts = options.hosts ?? HOSTS;
  await using registry = await startRegistry();
  const sigstore = await createSigstore({ now: NOW });
  const signer = generateKeyPair();
  const pool = createPool(registry, REPOSITORY, sigstore, signer);
  await using verifier = createVerifier({
    trust: { json: JSON.stringify(sigstore.trustedRoot()) },
    registry: { dockerConfig: false },
    now: () => NOW,
    secondJudge: 'off',
  });
  const clients = options.clients(`${registry.host}/${REPOSITORY}`);
  clients.know(pool.contents);
  const choices = new Map<string, number>();
  const findings: IndexFinding[] = [];
  let verified = 0;
  let namedIndex = 0;
  for (let number = 0; number < options.count; number += 1) {
    const seed = options.seed + number;
    const random = createRandom(seed);
    const index = generateIndex(pool, random);
    for (const one of index.indexes) registry.putManifest(REPOSITORY, one.data, one.mediaType);
    clients.know(new Map(index.indexes.map((one) => [one.digest, one])));
    for (const asked of ['each', pickPlatforms(random, hosts)] as const) {
      const reference = `${registry.host}/${REPOSITORY}@${index.digest}`;
      const found = await verifyPlatforms(verifier, reference, asked, signer.pem);
      if (found === undefined) continue;
      verified += 1;
      if (found.index !== undefined) namedIndex += 1;
      for (const finding of await hold(clients, found, asked, index.digest, hosts, choices))
        findings.push({ ...finding, seed, asked, index: textOf(index) });
    }
    registry.requests.length = 0;
  }
  await clients.end();
  return { indexes: options.count, verified, namedIndex, choices, findings };
}

function pickPlatforms(random: Random, hosts: readonly PlatformName[]): readonly PlatformName[] {
  return Array.from({ length: random.below(4) === 0 ? 2 : 1 }, () => random.pick(hosts));
}

async function verifyPlatforms(
  verifier: Verifier,
  reference: string,
  platforms: 'each' | readonly PlatformName[],
  key: string,
): Promise<VerifiedPlatforms | undefined> {
  try {
    return await verifier.verify(reference, { signedBy: { key }, require: { log: 0 } }, { platforms });
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    return undefined;
  }
}

async function hold(
  clients: Clients,
  { index, images }: VerifiedPlatforms,
  asked: 'each' | readonly PlatformName[],
  root: string,
  hosts: readonly PlatformName[],
  choices: Map<string, number>,
): Promise<readonly (Choice & Pick<IndexFinding, 'from'>)[]> {
  const judged = new Set<string>(images.map(({ digest }) => digest));
  const returned = new Set([index, ...images.map(({ reference }) => reference)].flatMap(digestsOf));
  const wrong: (Choice & Pick<IndexFinding, 'from'>)[] = [];
  for (const choice of await clients.choose([...new Set([root, ...returned])], hosts)) {
    const isAsked = asked === 'each' || asked.some((name) => isHostOf(choice.platform, name));
    if (!returned.has(choice.reference) && !isAsked) continue;
    choices.set(choice.client, (choices.get(choice.client) ?? 0) + 1);
    if (judged.has(choice.digest)) continue;
    const from = returned.has(choice.reference)
      ? 'a reference that was returned'
      : 'the tag, for a platform that was asked for';
    wrong.push({ ...choice, from });
  }
  return wrong;
}

/** `linux/amd64` is asked for hosts of every variant of it. */
function isHostOf(host: string, name: PlatformName): boolean {
  return host === name || host.startsWith(`${name}/`);
}

function digestsOf(reference: string | undefined): readonly string[] {
  return reference === undefined ? [] : [reference.slice(reference.indexOf('@') + 1)];
}

function textOf({ indexes }: GeneratedIndex): string {
  return indexes.map(({ digest, mediaType, data }) => `${digest} as ${mediaType}: ${data.toString()}`).join('\n  ');
}
