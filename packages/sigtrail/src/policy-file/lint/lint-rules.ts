/** How much a finding matters: `error` lets strangers in, `warning` may, `note` could be tighter. */
export type LintLevel = 'error' | 'warning' | 'note';

/** The code of a rule. */
export type LintCode =
  | 'invalid-policy'
  | 'any-signer'
  | 'pattern-matches-everything'
  | 'pattern-unanchored'
  | 'pattern-search'
  | 'pattern-dot-unescaped'
  | 'pattern-open-owner'
  | 'pattern-open-boundary'
  | 'look-alike-pattern'
  | 'subject-without-issuer'
  | 'issuer-not-exact'
  | 'mutable-ref'
  | 'no-immutable-id'
  | 'chosen-claim'
  | 'log-ignored'
  | 'sct-ignored'
  | 'time-ignored'
  | 'attestation-as-signature'
  | 'tag-reference';

/** A rule of the linter. Codes are stable; `docs/lint-rules.md` describes the incident behind each. */
export interface LintRule {
  readonly level: LintLevel;
  readonly summary: string;
  readonly help: string;
}

/** Every rule by its code. */
export const LINT_RULES: Readonly<Record<LintCode, LintRule>> = {
  'invalid-policy': {
    level: 'error',
    summary: 'The policy is refused when it is used.',
    help: 'Correct what the message names.',
  },
  'any-signer': {
    level: 'error',
    summary: 'Any certificate of a trusted authority is accepted.',
    help: 'Name who must have signed: signedBy with issuer and subject, or a key.',
  },
  'pattern-matches-everything': {
    level: 'error',
    summary: 'The pattern fits every text, so it asks nothing.',
    help: 'Write the identity that you mean, or a glob() with its host and owner.',
  },
  'pattern-unanchored': {
    level: 'error',
    summary: 'The expression may match anywhere: a signer who chooses the text around the match passes.',
    help: 'Use re2() or glob(), which match the whole text, or anchor it with ^ and $ as a whole.',
  },
  'pattern-search': {
    level: 'note',
    summary: 'A search that its anchors make a whole match: one lost anchor away from matching anything.',
    help: 'Write the same expression with re2(), which always matches the whole text.',
  },
  'pattern-dot-unescaped': {
    level: 'warning',
    summary: 'A dot stands for any character: github.com also fits githubXcom, which anyone may register.',
    help: 'Write \\. for a dot, or use glob(), where a dot is a dot.',
  },
  'pattern-open-owner': {
    level: 'error',
    summary: 'The pattern leaves host or owner open: anyone can have a repository somewhere.',
    help: 'Spell host and owner out; leave open only what comes after the owner’s slash.',
  },
  'pattern-open-boundary': {
    level: 'warning',
    summary: 'A wildcard right after a name also fits longer names: acme* fits acme-evil.',
    help: 'End the name with a slash before the wildcard.',
  },
  'look-alike-pattern': {
    level: 'warning',
    summary: 'A plain string is compared letter by letter, so that its *, ^ or $ stands for itself and nothing fits.',
    help: 'Write glob(…) for wildcards or re2(…) for an expression: { glob: … } or { re2: … } in a file.',
  },
  'subject-without-issuer': {
    level: 'error',
    summary: 'The issuer is missing or fits everything: any identity provider may vouch for the name.',
    help: 'Name the one issuer that gives these identities out.',
  },
  'issuer-not-exact': {
    level: 'warning',
    summary: 'The issuer is a pattern: anyone who runs a matching issuer can give out any identity.',
    help: 'Write the issuer’s URL, or a list of URLs.',
  },
  'mutable-ref': {
    level: 'warning',
    summary: 'Branches and open refs move: anyone who may push, or open a pull request, can sign.',
    help: 'Ask for tags that are protected, glob(…@refs/tags/v*), or for a commit.',
  },
  'no-immutable-id': {
    level: 'note',
    summary: 'Names of repositories and owners can be freed and taken over by others; their numbers can’t.',
    help: 'Add sourceRepositoryIdentifier or sourceRepositoryOwnerIdentifier (repositoryId, ownerId).',
  },
  'chosen-claim': {
    level: 'warning',
    summary: 'A workflow’s display name is free text of its author, so it proves nothing.',
    help: 'Ask for the workflow’s file: subject, or buildConfigUri.',
  },
  'log-ignored': {
    level: 'error',
    summary: 'No transparency log is required: a signature with a stolen key or identity would go unnoticed.',
    help: 'Leave require.log away, or keep it at 1 or more.',
  },
  'sct-ignored': {
    level: 'warning',
    summary: 'No certificate transparency is required: a certificate issued in secret would go unnoticed.',
    help: 'Leave require.sct away, or trust your own authority with the profile pki.',
  },
  'time-ignored': {
    level: 'warning',
    summary: 'No verified time is asked for: the certificate is checked at the verifier’s clock.',
    help: 'Leave require.time away.',
  },
  'attestation-as-signature': {
    level: 'warning',
    summary: 'An attestation counts as a signature: anyone who scanned the image would approve it.',
    help: 'Ask for it as what it is: attested(type, rule, predicate).',
  },
  'tag-reference': {
    level: 'warning',
    summary: 'A tag can be moved between the check and the use.',
    help: 'Deploy the reference that verifyImage returns: it is pinned to the digest that was verified.',
  },
};
