import type { CandidateFacts } from '../establish/facts.ts';
import type { Recorder } from '../establish/recorder.ts';
import type { StatementSubject } from '../evidence/statement.ts';
import { RELEASE_TYPES } from '../attestation/predicate-types.ts';
import { type GithubRelease, RELEASE_SIGNER } from '../policy/github-release.ts';
import type { ParsedRule } from '../policy/parse-rule.ts';
import { statementOf } from '../evidence/statement-of.ts';

type ReleaseRule = Extract<ParsedRule, { kind: 'release' }>;

/** Did GitHub itself sign in the name of its releases? Its release certificates carry no issuer. */
export function checkReleaseSigner(
  { profile, claims, subjectAlternativeNames }: CandidateFacts,
  record: Recorder,
): void {
  const authority = { expected: 'github', actual: profile };
  if (profile === 'github') record.pass('profile', 'signed under GitHub’s own certificate authority', authority);
  else
    record.fail('profile', 'profile-mismatch', 'signed under a certificate authority that is not GitHub’s', authority);
  const issuer = { expected: 'none', actual: claims?.issuer ?? 'none' };
  if (claims !== undefined && claims.issuer === undefined)
    record.pass('issuer', 'no issuer vouches for the name: GitHub signs releases in its own name', issuer);
  else
    record.fail(
      'issuer',
      'issuer-mismatch',
      'the certificate names an issuer, which GitHub’s release certificates do not',
      issuer,
    );
  const names = {
    expected: RELEASE_SIGNER,
    actual: subjectAlternativeNames.map(({ value }) => value).join(', ') || 'none',
  };
  const [name, ...others] = subjectAlternativeNames;
  if (name?.kind === 'uri' && name.value === RELEASE_SIGNER && others.length === 0)
    record.pass('identity', 'signed by GitHub in the name of its releases', names);
  else record.fail('identity', 'identity-mismatch', 'signed by another identity', names);
}

/** Is the statement GitHub's attestation of a release? Nothing else satisfies the rule, as a signature or as an attestation. */
export function checkReleaseType({ candidate }: CandidateFacts, record: Recorder): void {
  const { content } = candidate;
  const actual = content.kind === 'dsse' ? (content.statement?.predicateType ?? content.payloadType) : undefined;
  const extras = { expected: RELEASE_TYPES.join(' or '), actual: actual ?? 'not an attestation' };
  if (actual !== undefined && RELEASE_TYPES.includes(actual))
    record.pass('predicate-type', 'the statement attests a release', extras);
  else record.fail('predicate-type', 'predicate-type-mismatch', 'the statement does not attest a release', extras);
}

/** Is the statement about this release? Its subjects name the release by a purl, and its predicate must not contradict them. */
export function checkRelease(facts: CandidateFacts, { release }: ReleaseRule, record: Recorder): void {
  const subjects = facts.candidate.content.kind === 'dsse' ? (facts.candidate.content.statement?.subject ?? []) : [];
  const uris = subjects.flatMap(({ uri }) => uri ?? []);
  const extras = { expected: purlsOf(release)[0] ?? '', actual: uris.slice(0, 3).join(', ') || 'none' };
  if (!namesRelease(subjects, release)) {
    record.fail('release', 'release-mismatch', 'no subject of the statement is this release', extras);
    return;
  }
  const other = contradiction(statementOf(facts.candidate)?.predicate, release);
  if (other === undefined) record.pass('release', 'the statement is about this release', extras);
  else record.fail('release', 'release-mismatch', `the statement’s ${other.name} belongs to another release`, other);
}

/** Exactly one subject may be a release: with two, readers could disagree about which release the files belong to. */
function namesRelease(subjects: readonly StatementSubject[], release: GithubRelease): boolean {
  const uris = new Set(subjects.flatMap(({ uri }) => (uri === undefined ? [] : [uri])));
  const [uri] = uris;
  return uris.size === 1 && uri !== undefined && purlsOf(release).some((purl) => isSamePurl(purl, uri));
}

/** The release's purl: as GitHub writes it, and with the tag escaped as the purl specification has it. */
function purlsOf({ repository, tag }: GithubRelease): readonly string[] {
  return [...new Set([tag, encodeURIComponent(tag)])].map((version) => `pkg:github/${repository}@${version}`);
}

/** GitHub's names are case-insensitive; tags are case-sensitive. */
function isSamePurl(expected: string, actual: string): boolean {
  const at = expected.indexOf('@');
  return (
    actual.slice(at) === expected.slice(at) && actual.slice(0, at).toLowerCase() === expected.slice(0, at).toLowerCase()
  );
}

/** The first member of the predicate that contradicts the rule. An id that the rule names must be there. */
function contradiction(
  predicate: unknown,
  { repository, tag, repositoryId, ownerId }: GithubRelease,
): { readonly name: string; readonly expected: string; readonly actual: string } | undefined {
  const said: Readonly<Record<string, unknown>> =
    typeof predicate === 'object' && predicate !== null ? (predicate as Readonly<Record<string, unknown>>) : {};
  const isSame: readonly (readonly [string, string | undefined, (value: unknown) => boolean])[] = [
    [
      'purl',
      purlsOf({ repository, tag })[0],
      (value) => typeof value === 'string' && purlsOf({ repository, tag }).some((purl) => isSamePurl(purl, value)),
    ],
    [
      'repository',
      repository,
      (value) => value === undefined || (typeof value === 'string' && value.toLowerCase() === repository.toLowerCase()),
    ],
    ['tag', tag, (value) => value === undefined || value === tag],
    ['repositoryId', repositoryId, (value) => value === repositoryId],
    ['ownerId', ownerId, (value) => value === ownerId],
  ];
  for (const [name, expected, holds] of isSame) {
    if (expected === undefined || holds(said[name])) continue;
    return { name, expected, actual: typeof said[name] === 'string' ? said[name] : 'not there' };
  }
  return undefined;
}
