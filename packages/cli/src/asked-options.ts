import {
  createVerifier,
  type ImageCallOptions,
  type ImageOutcome,
  type ImagePolicy,
  type ImageReport,
  type PlatformsReport,
  type Verifier,
  type VerifierOptions,
} from 'sigtrail';
import type { Defaults } from './defaults.ts';
import { imageOptionsOf } from './options.ts';
import { registryLoginOf } from './registry-login.ts';
import { UsageError } from './usage-error.ts';
import type { VerifyFlags } from './verify-flags.ts';

/** A verifier for the images of a command line, and what goes with each question to it. */
export interface Asked {
  readonly verifier: Verifier;
  readonly call: ImageCallOptions;
  /** How the verifier reaches registries, for what is asked of them besides. */
  readonly reaching: Pick<VerifierOptions, 'registry' | 'timeoutMs'>;
  /** How many questions it answers at a time. */
  readonly most: number;
}

/** Opens the verifier that the flags ask for, with the login that the command line gives for the registries that its references name. */
export async function openVerifier(
  references: readonly string[],
  flags: VerifyFlags,
  warn: (line: string) => void,
  defaults: Defaults,
): Promise<Asked> {
  const login = await registryLoginOf(flags, references, warn);
  const { repositories, tagPrefix, platforms, inherit, github, registry, ...settings } = await imageOptionsOf(
    flags,
    warn,
    defaults,
  );
  const most = workersOf(flags);
  const clientCertificates = [...(registry?.clientCertificates ?? []), ...(login.clientCertificates ?? [])];
  const reaching = {
    registry: { ...registry, ...login, ...(clientCertificates.length === 0 ? {} : { clientCertificates }) },
    ...(settings.timeoutMs === undefined ? {} : { timeoutMs: settings.timeoutMs }),
  };
  const verifier = createVerifier({ ...settings, ...reaching, concurrency: most });
  const call = {
    ...(repositories === undefined ? {} : { repositories }),
    ...(tagPrefix === undefined ? {} : { tagPrefix }),
    ...(platforms === undefined ? {} : { platforms }),
    ...(inherit === undefined ? {} : { inherit }),
    ...(github === undefined ? {} : { github }),
  };
  return { verifier, call, reaching, most };
}

/** Everything that comes of the references, by one policy. */
export function askAllOf(
  references: readonly string[],
  policy: ImagePolicy,
  { verifier, call }: Asked,
): AsyncIterable<ImageOutcome<ImageReport | PlatformsReport>> {
  const { platforms, ...others } = call;
  if (platforms === undefined) return verifier.verifyMany(references, () => policy, others);
  return verifier.verifyMany(references, () => policy, { ...others, platforms });
}

/** As many as a verifier answers by itself: docs/speed.md. */
const DEFAULT_WORKERS = 16;

function workersOf({ maxWorkers }: Pick<VerifyFlags, 'maxWorkers'>): number {
  if (maxWorkers === undefined) return DEFAULT_WORKERS;
  if (!/^[1-9][0-9]{0,5}$/.test(maxWorkers))
    throw new UsageError(`--max-workers must be a positive number, got ${JSON.stringify(maxWorkers)}`);
  return Number(maxWorkers);
}
