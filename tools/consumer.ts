/**
 * Ten tasks as users write them, each in a function that passes on what Sigtrail returns. The check compiles it against the tarballs with
 * declarations, so that a type that can't be named from where it comes (TS2742, TS4023) or narrowed is an error here before it is one there.
 */
import { generateKeyPairSync } from 'node:crypto';
import {
  createVerifier,
  deny,
  evaluateImage,
  githubWorkflow,
  glob,
  type ImagePolicy,
  inspectImage,
  isSigtrailError,
  type Report,
  verifyBundle,
  verifyImage,
} from 'sigtrail';
import { evaluateAttestations, verifyAttestations } from 'sigtrail/attestations';
import { acceptImage, allOf, atLeast, signedBy } from 'sigtrail/policy';
import { importCosignCommand, lintPolicy, readLocatedPolicy, readPolicy } from 'sigtrail/policy-file';
import { captureEvidence, parseCapsule, replay } from 'sigtrail/replay';
import { parseTrustedRoot, trustRoot, tufTrust } from 'sigtrail/trust';
import { timelineOf, trackImage } from 'sigtrail/track';

const identity = { issuer: 'https://accounts.acme.test', subject: 'release@acme.test' } as const;

// 1. Verify: an identity's signer has claims, without a cast.
export const image = async (ref: string) => verifyImage(ref, { signedBy: identity });
export const repository = async (ref: string) => (await image(ref)).signatures[0].signer.claims.sourceRepositoryUri;
export const logEntry = async (ref: string) => (await image(ref)).signatures[0].log[0];
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
export const byKey = async (ref: string) =>
  (await verifyImage(ref, { signedBy: { key } })).signatures[0].signer.fingerprint;

// 2. A gate with callbacks, whose parameters have types wherever the rule comes from.
export const rule = githubWorkflow({ repository: 'acme/app', workflow: 'release.yml', ref: glob('refs/tags/v*') });
export const gate = allOf(
  signedBy({ ...rule, accept: ({ signer }) => signer.claims.runnerEnvironment === 'github-hosted' || deny('runner') }),
  atLeast(1, [identity, { key }]),
  acceptImage(({ signatures, isComplete }) => (isComplete && signatures.length < 10) || deny('too many')),
);
export const verifier = createVerifier({ timeoutMs: 10_000 });
export const platforms = async (ref: string) => verifier.verify(ref, gate, { platforms: ['linux/amd64'] });
export const eachPlatform = async (ref: string) => verifier.evaluate(ref, gate, { platforms: 'each' });

// 3. Inspect.
export const candidates = async (ref: string) =>
  (await inspectImage(ref)).candidates.map(({ signer, unverifiedClaims }) => signer ?? unverifiedClaims);

// 4. A bundle.
export const bundle = async (json: string, hex: string) => verifyBundle(json, `sha256:${hex}`, { signedBy: identity });

// 5. Attestations, with the type of their predicate.
const request = { type: 'slsaprovenance1', signedBy: identity } as const;
export const provenance = async (ref: string) =>
  (await verifyAttestations(ref, request)).attestations[0].predicate.buildDefinition;
export const attestations = async (ref: string) => evaluateAttestations(ref, request);
export const sbom = async (ref: string) => verifier.verifyAttestations(ref, { ...request, type: 'spdxjson' });

// 6. Track.
export const track = async (ref: string) => trackImage(ref);
export const timeline = async (ref: string) => timelineOf([await trackImage(ref)]);
export const repositoryTrack = async (name: string) => verifier.trackRepository(name);

// 7. Replay.
export const capsule = async (ref: string) => captureEvidence(ref, gate);
export const replayed = async (text: string) => replay(parseCapsule(text), { policy: gate, trust: { embedded: true } });

// 8. A policy file.
export const policyFile = (text: string) => readPolicy(text);
export const located = (text: string) => readLocatedPolicy(text);
export const findings = (text: string) => lintPolicy(readPolicy(text));
export const imported = importCosignCommand(['verify', '--key', 'cosign.pub', 'ghcr.io/acme/app:1.4']);

// 9. Trust of your own.
export const own = trustRoot.fromParts({ transparencyLogs: [{ publicKey: 'PEM' }] });
export const fresh = tufTrust({ cacheDirectory: '/var/cache/acme/tuf' });
export const parsed = (text: string) => parseTrustedRoot(text);

// 10. Errors and verdicts by `switch`.
export async function why(ref: string, policy: ImagePolicy) {
  try {
    return (await verifyImage(ref, policy)).reference;
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    switch (error.code) {
      case 'no-match':
        return reasonOf(error.report);
      case 'indeterminate':
        return error.report?.problems.map(({ code }) => code);
      default:
        return error.message;
    }
  }
}
const reasonOf = (report: Report | undefined) =>
  report?.kind === 'image' && report.verdict === 'rejected' ? report.policy.why : undefined;
export async function exhaustive(ref: string, policy: ImagePolicy) {
  const report = await evaluateImage(ref, policy);
  switch (report.verdict) {
    case 'verified':
      return report.signatures[0].signer;
    case 'rejected':
      return report.reason;
    case 'indeterminate':
      return report.problems[0].code;
    default: {
      const never: never = report;
      return never;
    }
  }
}
