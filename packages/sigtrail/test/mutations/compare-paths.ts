import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { createSigstore, generateKeyPair, GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { createServices, type Services } from '../../src/establish/services.ts';
import { nothingRemembered } from '../nothing-remembered.ts';
import { isSigtrailError } from '../../src/error.ts';
import { createTrustProvider, type TrustProvider } from '../../src/trust/load-trust.ts';
import { openSession } from '../../src/session.ts';
import { type BundlePolicy, verifyBundleIn } from '../../src/verify-bundle.ts';
import { mutateJsonText } from './mutate-json.ts';
import { createRandom } from './random.ts';

/** What comparing the two ways of verifying came to. */
export interface Comparison {
  readonly seed: number;
  readonly compared: number;
  readonly accepted: number;
  /** Where the reports differ, or one path threw what it doesn't own. */
  readonly differences: readonly { readonly seed: number; readonly specimen: string; readonly what: string }[];
}

/**
 * Verifies mutated bundles twice, with services that have seen all the earlier ones and with ones that compute every
 * answer where it is asked, and compares the whole
 * reports: every check, code, time and word.
 */
export async function comparePaths(options: {
  readonly seed: number;
  readonly mutations: number;
  readonly secondJudge?: 'on' | 'off';
}): Promise<Comparison> {
  const specimens = await createBundles();
  const services = createServices();
  const differences: Comparison['differences'][number][] = [];
  let accepted = 0;
  for (let number = 0; number < options.mutations; number += 1) {
    const specimen = specimens[number % specimens.length];
    if (specimen === undefined) throw new Error('no specimens');
    const seed = options.seed + number;
    // Every seventh is unchanged: what is remembered must be of use, too.
    const { text, what } =
      number % 7 === 0 ? { text: specimen.text, what: 'nothing' } : mutateJsonText(specimen.text, createRandom(seed));
    const ask = async (by: Services): Promise<unknown> => judge(text, specimen, options.secondJudge ?? 'on', by);
    const [fast, plain] = [await ask(services), await ask(nothingRemembered)];
    if (!isDeepStrictEqual(fast, plain)) differences.push({ seed, specimen: specimen.name, what });
    if (typeof fast === 'object' && fast !== null && 'signature' in fast) accepted += 1;
  }
  return { seed: options.seed, compared: options.mutations, accepted, differences };
}

interface Bundle {
  readonly name: string;
  readonly text: string;
  readonly policy: BundlePolicy;
  readonly trust: TrustProvider;
}

const artifact = Buffer.from('the artifact');
const now = new Date('2026-03-01T12:00:00Z');

async function judge(
  text: string,
  { policy, trust }: Bundle,
  secondJudge: 'on' | 'off',
  services: Services,
): Promise<unknown> {
  try {
    const session = openSession({ trust, now: () => now, secondJudge, services });
    return await verifyBundleIn(session, text, artifact, policy);
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    return { code: error.code, message: error.message, candidate: error.candidate };
  }
}

async function createBundles(): Promise<readonly Bundle[]> {
  const sigstore = await createSigstore({ now });
  // Read once: both paths are asked about bundles, twenty thousand times.
  const trust = createTrustProvider({ json: JSON.stringify(sigstore.trustedRoot()) });
  const signer = await sigstore.issueCertificate();
  const key = generateKeyPair('p256');
  const imageDigest = `sha256:${createHash('sha256').update(artifact).digest('hex')}`;
  const identity: BundlePolicy = { signedBy: { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW } };
  const statement = { imageDigest };
  const { rekor, rekor2, tsa } = sigstore;
  const bundles: readonly (readonly [string, object, BundlePolicy])[] = [
    ['Rekor v1, statement', sigstore.signBundle({ statement, signer }), identity],
    ['Rekor v1, message', sigstore.signBundle({ content: 'message', artifact, signer }), identity],
    ['Rekor v2, timestamp', sigstore.signBundle({ statement, signer, logs: [rekor2] }), identity],
    [
      'both logs, timestamp',
      sigstore.signBundle({ content: 'message', artifact, signer, logs: [rekor, rekor2], timestamps: [tsa] }),
      identity,
    ],
    ['version 0.1', sigstore.signBundle({ statement, signer, version: '0.1' }), identity],
    ['key', sigstore.signBundle({ statement, signer: key }), { signedBy: { key: key.spki } }],
  ];
  return bundles.map(([name, bundle, policy]) => ({ name, text: JSON.stringify(bundle), policy, trust }));
}
