import { optionError } from '@sigtrail/encoding';
import type { CertificateSigner } from '../report/report.ts';
import type { AcceptSignature, Callback } from './callback.ts';
import { parseObject } from './parse-options.ts';

/** A release of a repository on github.com, as GitHub itself attests it when an immutable release is published. */
export interface GithubRelease {
  /** `owner/name`. Case-insensitive, as on GitHub. */
  readonly repository: string;
  /** The release's tag, exact: `v1.4.0`. */
  readonly tag: string;
  /** GitHub's immutable number of the repository: anyone can take a freed name, but not its number. */
  readonly repositoryId?: string;
  /** GitHub's immutable number of the owner. */
  readonly ownerId?: string;
}

/** Attested by GitHub itself as a part of this release. `githubRelease` makes such a rule. */
export interface GithubReleaseRule {
  readonly githubRelease: GithubRelease;
  /**
   * Your own code, asked last, about a signature that passed everything else. It can only refuse. (Every rule for certificates has `accept` of this type, so that the
   * compiler can infer its parameters in `{ ...rule, accept: … }`, where it can't tell which kind of rule it is.)
   */
  readonly accept?: Callback<AcceptSignature<CertificateSigner>>;
  readonly issuer?: never;
  readonly subject?: never;
  readonly profile?: never;
  readonly key?: never;
}

/** The name in GitHub's release certificates. No issuer vouches for it: GitHub signs in its own name. */
export const RELEASE_SIGNER = 'https://dotcom.releases.github.com';

/**
 * A rule for GitHub's own attestation of an immutable release: its certificate comes from an authority trusted with profile `github`, names
 * `https://dotcom.releases.github.com` and no issuer; the statement is of the type `release`, about this release of this repository.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example await verifyBundle(bundle, asset, { signedBy: githubRelease({ repository: 'acme/app', tag: 'v1.4.0' }) }, { trust: { file: 'github-trusted-root.json', profile: 'github' } })
 */
export function githubRelease(release: GithubRelease): GithubReleaseRule {
  return { githubRelease: parseGithubRelease(release, 'githubRelease') };
}

/** Parses the members of a `githubRelease` rule. @throws TypeError `unknown-option`, `invalid-option` */
export function parseGithubRelease(value: unknown, path: string): GithubRelease {
  const { repository, tag, repositoryId, ownerId } = parseObject(
    value,
    ['repository', 'tag', 'repositoryId', 'ownerId'],
    path,
  );
  if (
    typeof repository !== 'string' ||
    !/^[\w.-]+\/[\w.-]+$/.test(repository) ||
    /(?:^|\/)\.\.?(?:\/|$)/.test(repository)
  )
    throw optionError('invalid-option', `"${path}.repository" must be owner/name, got ${JSON.stringify(repository)}`);
  // git check-ref-format. With characters that no tag can hold, a purl could be made to read as something else.
  if (typeof tag !== 'string' || !/^[^\s~^:?*[\\\p{Cc}]+$/u.test(tag))
    throw optionError('invalid-option', `"${path}.tag" must be the name of one tag, got ${JSON.stringify(tag)}`);
  return {
    repository,
    tag,
    ...numberOf(repositoryId, 'repositoryId', path),
    ...numberOf(ownerId, 'ownerId', path),
  };
}

function numberOf(value: unknown, name: string, path: string): object {
  if (value === undefined) return {};
  if (typeof value !== 'string' || !/^\d{1,20}$/.test(value))
    throw optionError('invalid-option', `"${path}.${name}" must be a number as text, got ${JSON.stringify(value)}`);
  return { [name]: value };
}
