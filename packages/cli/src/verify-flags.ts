import type { Command } from 'commander';
import type { KeyFlags } from './key-source.ts';
import { FROM_COSIGN, withCosignFlags } from './cosign-line.ts';
import { type RegistryLoginFlags, withRegistryLoginFlags } from './registry-login.ts';
import { optionGroup } from './option-group.ts';
import { type LogLookupFlags, withLogLookupFlags } from './log-lookup-flags.ts';
import { type DetailFlags, withDetailFlags } from './detail-flags.ts';
import { type PlaceFlags, withPlaceFlags } from './places.ts';
import { type RegistryFlags, withRegistryFlags } from './registry-flags.ts';
import { type TrustFlags, withTrustFlags } from './trust-flags.ts';
import { type OutputFlags, withOutputFlags } from './output.ts';
import { VERIFY_FORMATS } from './write-report.ts';

/** Flags as commander gives them. */
export interface VerifyFlags
  extends TrustFlags,
    LogLookupFlags,
    PlaceFlags,
    RegistryFlags,
    DetailFlags,
    OutputFlags,
    RegistryLoginFlags,
    Omit<KeyFlags, 'timeout'> {
  readonly timestampCertificateChain?: string;
  readonly certificateIdentity?: string;
  readonly certificateIdentityRegexp?: string;
  readonly certificateOidcIssuer?: string;
  readonly certificateOidcIssuerRegexp?: string;
  readonly certificateGithubWorkflowTrigger?: string;
  readonly certificateGithubWorkflowSha?: string;
  readonly certificateGithubWorkflowName?: string;
  readonly certificateGithubWorkflowRepository?: string;
  readonly certificateGithubWorkflowRef?: string;
  readonly policy?: string;
  readonly annotations?: readonly string[];
  readonly capsule?: string;
  readonly images?: string;
  readonly maxWorkers?: string;
  readonly insecureIgnoreTlog?: boolean;
  readonly privateInfrastructure?: boolean;
  readonly insecureIgnoreSct?: boolean;
  readonly useSignedTimestamps?: boolean;
  readonly acceptTrustedRootInBundle?: boolean;
  readonly caRoots?: string;
  readonly caIntermediates?: string;
  readonly certificateChain?: string;
  readonly allowCertificateChain?: boolean;
  readonly certificate?: string;
  readonly signatureDigestAlgorithm?: string;
  readonly githubAttestations?: string;
  readonly githubApiUrl?: string;
  readonly localImage?: boolean;
  readonly checkClaims?: boolean;
  readonly denyList?: string;
  readonly platform?: string;
  readonly acceptAttestationManifests?: boolean;
  readonly inherit?: boolean | string;
  readonly timeout?: string;
}

/** The flags that name who must have signed, and with what evidence. */
export function withSignerFlags(command: Command): Command {
  const named = optionGroup(command, 'Who must have signed', (grouped) =>
    grouped
      .option('--certificate-identity <name>', 'exact subject of the certificate')
      .option('--certificate-identity-regexp <re2>', 'RE2 search in the subject')
      .option('--certificate-oidc-issuer <url>', 'exact issuer of the identity')
      .option('--certificate-oidc-issuer-regexp <re2>', 'RE2 search in the issuer')
      .option('--certificate-github-workflow-trigger <text>', 'the event that started the workflow, such as push')
      .option('--certificate-github-workflow-sha <text>', 'the commit that the workflow ran for')
      .option('--certificate-github-workflow-name <text>', 'the name of the workflow')
      .option('--certificate-github-workflow-repository <text>', 'its repository, owner/name')
      .option('--certificate-github-workflow-ref <text>', 'the branch or tag that it ran for, such as refs/heads/main')
      .option('--key <source>', 'public key: a file, - for standard input, env://NAME or https://…')
      .option('--key-fingerprint <sha256:…>', 'what the key must be; needed for a key from https://')
      .option('--insecure-unpinned-key', 'weakens: take the key of an https:// address as it comes'),
  );
  return optionGroup(named, 'With what evidence', (grouped) =>
    grouped
      .option('--insecure-ignore-tlog', 'weakens: no transparency log needed')
      .option('--insecure-ignore-sct', 'weakens: no certificate transparency needed')
      .option('--use-signed-timestamps', 'use timestamp annotations of .sig signatures')
      .option(
        '--accept-trusted-root-in-bundle',
        'weakens: a v0.1 or v0.2 bundle may carry the root that its certificate chains to, where it equals the trusted anchor',
      ),
  );
}

/** The flags that `verify` and `verify-attestation` have in common: cosign's names and meanings. */
export function withVerifyFlags(command: Command): Command {
  const signers = optionGroup(withSignerFlags(command), 'Who must have signed', (grouped) =>
    grouped
      .option('--certificate <file>', 'PEM: the signer’s certificate must be this one')
      .option('--deny-list <file>', 'JSON: keys, certificates and identities that are refused'),
  );
  const trusting = optionGroup(withTrustFlags(signers), 'Whom to trust', (grouped) =>
    grouped
      .option('--ca-roots <file>', 'PEM: anchors of a private PKI')
      .option('--ca-intermediates <file>', 'PEM: certificates that lead to --ca-roots')
      .option('--certificate-chain <file>', 'PEM: one chain of a private PKI, anchor last')
      .option('--timestamp-certificate-chain <file>', 'PEM: a timestamp authority, root last; needs its timestamps')
      .option('--allow-certificate-chain', 'weakens: a v0.3 bundle may hold the certificates that lead to the anchors')
      .option('--offline', 'TUF from --tuf-cache only; no log is contacted without --log-lookup'),
  );
  const placed = optionGroup(withPlaceFlags(withLogLookupFlags(trusting)), 'Where signatures are kept', (grouped) =>
    grouped
      .option(
        '--github-attestations <name>',
        'ask GitHub, too, for the attestations of owner/name or of owner; tells GitHub what is verified here. The token is GH_TOKEN or GITHUB_TOKEN (of an enterprise server GH_ENTERPRISE_TOKEN)',
      )
      .option('--github-api-url <url>', 'with --github-attestations: default https://api.github.com')
      .option('--local-image', '<ref> is a directory that cosign save wrote'),
  );
  const reaching = withRegistryLoginFlags(withRegistryFlags(placed)).option(
    '-t, --timeout <duration>',
    'deadline, for example 30s',
  );
  const idle = optionGroup(withOutputFlags(withDetailFlags(reaching), VERIFY_FORMATS), FROM_COSIGN, (grouped) =>
    grouped
      .option('--check-claims', 'no effect: always checked')
      .option('--no-check-claims', 'no effect: a signature must name the image')
      .option('--signature-digest-algorithm <name>', 'no effect: the key says it')
      .option('--new-bundle-format', 'no effect: both formats are always looked for')
      .option('--experimental-oci11', 'no effect: always looked for'),
  );
  return withCosignFlags(idle)
    .argument(
      '[ref...]',
      'registry references, or oci:DIR[:tag|@digest], or oci-archive:FILE; - for a list on standard input',
    )
    .option('--images <file>', 'a list of images, one reference a line, # before a comment; - for standard input')
    .option('--max-workers <count>', 'at most so many images at a time; default: 16');
}

/** The image that an argument means. */
export function referenceOf(argument: string, { localImage }: { readonly localImage?: boolean }): string {
  // With a separator at its end, a directory may have a colon in its name.
  return localImage === true ? `oci:${argument.replace(/\/*$/, '/')}` : argument;
}
