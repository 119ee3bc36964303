import type { VerifyFlags } from './verify-flags.ts';
import {
  deny,
  type IdentityRule,
  type Pattern,
  type RequiredEvidence,
  type SignerRule,
  type TrustInput,
  type VerifierOptions,
  type VerifyImageOptions,
} from 'sigtrail';
import { re2Search, type Matcher } from 'sigtrail/policy';
import { isAnchored } from 'sigtrail/policy-file';
import { type Defaults, PUBLIC_DEFAULTS } from './defaults.ts';
import { logLookupOf } from './log-lookup-flags.ts';
import { placesOf } from './places.ts';
import { platformsOf } from './platforms-of.ts';
import { readKeySource } from './key-source.ts';
import { readInput } from './read-input.ts';
import { type RegistryFlags, registryOf } from './registry-flags.ts';
import { profilesIn, type TrustFlags, trustedRootOf } from './trust-flags.ts';
import { readDenyList, readPemCertificates, trustOf } from './trust-options.ts';
import { UsageError } from './usage-error.ts';

/** What cosign's flags require of a signature. */
export interface Asked {
  readonly signedBy: SignerRule;
  readonly require: RequiredEvidence;
  readonly legacyTimestamps: 'require' | 'ignore';
  readonly acceptTrustedRootInBundle?: true;
}

/** What the flags require. Warnings name the risk of each flag that weakens a check. */
export async function policyOf(flags: VerifyFlags, warn: (line: string) => void): Promise<Asked> {
  refuseIdleFlags(flags);
  const identity = flags.certificateIdentity !== undefined || flags.certificateIdentityRegexp !== undefined;
  if (identity === (flags.key !== undefined))
    throw new UsageError(
      'name who must have signed: either --key, or --certificate-identity[-regexp] with --certificate-oidc-issuer[-regexp]; sigtrail inspect IMAGE shows who signed',
    );
  if (flags.key === undefined && (flags.keyFingerprint !== undefined || flags.insecureUnpinnedKey === true))
    throw new UsageError('--key-fingerprint and --insecure-unpinned-key belong to --key');
  const annotations = annotationsOf(flags.annotations ?? []);
  const rule: SignerRule =
    flags.key === undefined
      ? { ...identityOf(flags, warn), ...(await pinnedTo(flags.certificate)), ...annotations }
      : {
          key: (
            await readKeySource(
              flags.key,
              flags,
              warn,
              flags.timeout === undefined ? undefined : durationOf(flags.timeout),
            )
          ).pem,
          ...annotations,
        };
  const require: RequiredEvidence = {
    ...(flags.insecureIgnoreTlog === true ? { log: 0 } : {}),
    ...(flags.insecureIgnoreSct === true ? { sct: 0 } : flags.allowCertificateChain === true ? { sct: 1 } : {}),
  };
  warnOf(flags, warn);
  return {
    signedBy: rule,
    require,
    legacyTimestamps:
      flags.useSignedTimestamps === true || flags.timestampCertificateChain !== undefined ? 'require' : 'ignore',
    ...(flags.acceptTrustedRootInBundle === true ? { acceptTrustedRootInBundle: true } : {}),
  };
}

function warnOf(flags: VerifyFlags, warn: (line: string) => void): void {
  const { signatureDigestAlgorithm: hash } = flags;
  if (hash !== undefined && !['sha224', 'sha256', 'sha384', 'sha512'].includes(hash))
    throw new UsageError(
      `--signature-digest-algorithm must be sha224, sha256, sha384 or sha512, got ${JSON.stringify(hash)}`,
    );
  if (flags.checkClaims === false)
    warn('warning: --check-claims=false has no effect: a signature must name this image');
  if (flags.insecureIgnoreTlog === true)
    warn(
      `warning: ${flags.privateInfrastructure === true ? '--private-infrastructure' : '--insecure-ignore-tlog'}: a signature made with a stolen key or identity would go unnoticed: it need not be on record`,
    );
  if (flags.insecureIgnoreSct === true)
    warn('warning: --insecure-ignore-sct: a certificate that the authority issued in secret would go unnoticed');
  if (flags.allowCertificateChain === true)
    warn(
      'warning: --allow-certificate-chain: any intermediate that an anchor ever issued may sign, known here or not, and none can be taken back',
    );
  if (flags.acceptTrustedRootInBundle === true)
    warn(
      'warning: --accept-trusted-root-in-bundle: no version of the bundle format allows what is accepted; other verifiers may refuse it or read it otherwise',
    );
}

/** `--certificate`: the signer's certificate must be exactly this one. */
async function pinnedTo(file: string | undefined): Promise<Pick<IdentityRule, 'accept'>> {
  if (file === undefined) return {};
  const pinned = readPemCertificates(await readInput('--certificate', file), '--certificate');
  if (pinned.length !== 1)
    throw new UsageError(`--certificate ${file} must hold one certificate, not ${pinned.length}`);
  const run = ({ signer }: { readonly signer: { readonly certificate: string } }): ReturnType<typeof deny> | true =>
    signer.certificate === pinned[0] || deny('signed with another certificate than the one given');
  return { accept: { run, name: '--certificate' } };
}

/** Every requirement must be checked: an empty value (an unset variable) or a certificate's claim beside a key would require nothing. */
function refuseIdleFlags(flags: VerifyFlags): void {
  for (const [name, value] of Object.entries(flags)) {
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === '') throw new UsageError(`${flag} is empty, which would ask nothing`);
    // `--certificate`, `--certificate-chain`, `--allow-certificate-chain`, `--ca-roots`, issuers and claims.
    const isOfCertificates = /^(allowC|c)ertificate|^ca/.test(name);
    if (flags.key !== undefined && value !== undefined && isOfCertificates)
      throw new UsageError(`--key and ${flag} exclude each other: a key has no certificate to look at`);
  }
}

/** Trust as every setting can give it, where to look, and what of an index is asked. */
export async function imageOptionsOf(
  flags: VerifyFlags,
  warn: (line: string) => void,
  defaults: Defaults = PUBLIC_DEFAULTS,
): Promise<VerifyImageOptions> {
  return {
    ...(await verifierOptionsOf(flags, warn, defaults)),
    ...logLookupOf(flags),
    ...placesOf(flags),
    ...(flags.platform === undefined ? {} : { platforms: platformsOf(flags.platform) }),
    ...inheritOf(flags, warn),
    ...githubAttestationsOf(flags),
    ...(flags.denyList === undefined ? {} : { deny: await readDenyList(flags.denyList) }),
  };
}

/** GitHub is asked only when the flag says whose attestations; the token is the one that gh takes for that host. */
function githubAttestationsOf({
  githubAttestations: name,
  githubApiUrl: apiUrl,
  offline,
}: VerifyFlags): Pick<VerifyImageOptions, 'github'> {
  if (name === undefined) {
    if (apiUrl !== undefined) throw new UsageError('--github-api-url needs --github-attestations');
    return {};
  }
  if (offline === true) throw new UsageError('--offline and --github-attestations exclude each other');
  const token = githubToken(apiUrl);
  return {
    github: {
      ...(name.includes('/') ? { repository: name } : { owner: name }),
      ...(apiUrl === undefined ? {} : { apiUrl }),
      ...(token === undefined ? {} : { token }),
    },
  };
}

/** A token of github.com must not go to whichever host an address names: for others, gh has variables of their own. */
function githubToken(apiUrl = 'https://api.github.com'): string | undefined {
  const isGithub = /^https:\/\/api\.(?:github\.com|[a-z0-9-]+\.ghe\.com)$/.test(URL.parse(apiUrl)?.origin ?? '');
  const names = isGithub ? ['GH_TOKEN', 'GITHUB_TOKEN'] : ['GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'];
  return names.map((name) => process.env[name]).find((token) => token !== undefined && token !== '');
}

function inheritOf({ inherit }: VerifyFlags, warn: (line: string) => void): Pick<VerifyImageOptions, 'inherit'> {
  if (inherit === undefined || inherit === false) return {};
  warn('warning: --inherit: a manifest without a signature of its own counts as signed where a signed index lists it');
  return { inherit: inherit === true ? true : { index: inherit } };
}

/** Trust, as flags and environment say it, and registry settings. */
export async function verifierOptionsOf(
  flags: Parameters<typeof trustOf>[0] & Parameters<typeof registryOptionsOf>[0],
  warn: (line: string) => void,
  defaults: Defaults = PUBLIC_DEFAULTS,
): Promise<VerifierOptions> {
  return await withTrust(flags, (await trustOf(flags, warn)) ?? defaults.trust, warn);
}

/** The same for commands that follow logs: a whole trusted root only, since the environment's parts may have no log to follow. */
export async function trackingOptionsOf(
  flags: TrustFlags & Parameters<typeof registryOptionsOf>[0],
  warn: (line: string) => void,
  defaults: Defaults = PUBLIC_DEFAULTS,
): Promise<VerifierOptions> {
  return await withTrust(flags, (await trustedRootOf(flags)) ?? defaults.trust, warn);
}

async function withTrust(
  flags: TrustFlags & Parameters<typeof registryOptionsOf>[0],
  trust: TrustInput | undefined,
  warn: (line: string) => void,
): Promise<VerifierOptions> {
  const where = flags.trustProfile === undefined ? '--trusted-root with profile' : '--trust-profile';
  for (const profile of profilesIn(flags))
    if (profile === 'github' || profile === 'pki')
      warn(
        `warning: ${where} ${profile}: a certificate that the authority issued in secret would go unnoticed${profile === 'github' ? ', and so would what is signed under it: it need not be on record' : ''}`,
      );
  return { ...(await registryOptionsOf(flags, warn)), ...(trust === undefined ? {} : { trust }) };
}

/** Registry settings and the deadline. */
export async function registryOptionsOf(
  flags: RegistryFlags & Pick<VerifyFlags, 'timeout'>,
  warn: (line: string) => void,
): Promise<Pick<VerifierOptions, 'registry' | 'timeoutMs'>> {
  return {
    ...(await registryOf(flags, warn)),
    ...(flags.timeout === undefined ? {} : { timeoutMs: durationOf(flags.timeout) }),
  };
}

function identityOf(flags: VerifyFlags, warn: (line: string) => void): IdentityRule {
  const claims = {
    githubWorkflowTrigger: flags.certificateGithubWorkflowTrigger,
    githubWorkflowSha: flags.certificateGithubWorkflowSha,
    githubWorkflowName: flags.certificateGithubWorkflowName,
    githubWorkflowRepository: flags.certificateGithubWorkflowRepository,
    githubWorkflowRef: flags.certificateGithubWorkflowRef,
  };
  return {
    subject: matcherOf('--certificate-identity', flags.certificateIdentity, flags.certificateIdentityRegexp, warn),
    issuer: matcherOf(
      '--certificate-oidc-issuer',
      flags.certificateOidcIssuer,
      flags.certificateOidcIssuerRegexp,
      warn,
    ),
    ...Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined)),
  };
}

function matcherOf(
  name: string,
  exact: string | undefined,
  expression: string | undefined,
  warn: (line: string) => void,
): Matcher {
  if (exact !== undefined && expression !== undefined)
    throw new UsageError(`${name} and ${name}-regexp exclude each other`);
  if (expression !== undefined) return searchPattern(`${name}-regexp`, expression, warn);
  if (exact === undefined)
    throw new UsageError(`${name} or ${name}-regexp is required: an identity is only as good as who vouches for it`);
  return exact;
}

/** cosign searches: the expression may match anywhere. */
function searchPattern(flag: string, expression: string, warn: (line: string) => void): Pattern {
  if (/^\^?\.[*+]\$?$/.test(expression))
    warn(
      `warning: ${flag} ${expression} asks nothing: any account at any issuer that the trusted authority knows may pass`,
    );
  else if (!isAnchored(expression))
    warn(
      `warning: ${flag} is not anchored with ^ and $ as a whole: it also accepts any longer text around a match, which an attacker can choose`,
    );
  try {
    return re2Search(expression);
  } catch (error) {
    throw new UsageError(`${flag}: ${error instanceof Error ? error.message : 'not an RE2 expression'}`);
  }
}

function annotationsOf(pairs: readonly string[]): { readonly annotations?: Readonly<Record<string, string>> } {
  const entries = pairs
    .flatMap((pair) => pair.split(','))
    .map((pair) => {
      const at = pair.indexOf('=');
      if (at <= 0) throw new UsageError(`-a expects key=value, got ${JSON.stringify(pair)}`);
      return [pair.slice(0, at), pair.slice(at + 1)] as const;
    });
  return entries.length === 0 ? {} : { annotations: Object.fromEntries(entries) };
}

/** Go's durations: `30s`, `1m30s`. */
export function durationOf(text: string, flag = '--timeout'): number {
  const factors: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h)/g)];
  const timeoutMs = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (factors[unit ?? ''] ?? Number.NaN),
    0,
  );
  if (parts.map(([part]) => part).join('') !== text || !(timeoutMs > 0))
    throw new UsageError(`${flag} expects a duration like 30s or 1m30s, got ${JSON.stringify(text)}`);
  return timeoutMs;
}
