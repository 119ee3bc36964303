import { optionError, requireList } from '@sigtrail/encoding';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { type Pattern, re2, re2Search } from '../../policy/pattern.ts';
import type { ImagePolicy, SignerRule } from '../../policy/policy.ts';
import { type Flags, isOn, readFlags, wordsOf } from './command-line.ts';
import type { ImportedPolicy, Note, NotExpressed } from './imported-policy.ts';

const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';
const PROVENANCE = 'https://slsa.dev/provenance/v1';

/** Flags that don't affect who may sign: where attestations are, whom to trust, what to print. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  bundle: 'a bundle at hand: verifyBundle',
  'bundle-from-oci': 'what is attached to an image is always looked for',
  'custom-trusted-root': 'option trust: the file, with profile "github" for GitHub’s own authority',
  'digest-alg': 'every digest of a statement’s subject is compared',
  format: 'how the result is printed',
  jq: 'how the result is printed',
  limit: 'every attestation that is found is looked at',
  template: 'how the result is printed',
};
const NAMES = ['owner', 'repo'];
const SUBJECTS = ['cert-identity', 'cert-identity-regex', 'signer-repo', 'signer-workflow'];
const CLAIMS: Readonly<Record<string, string>> = {
  'source-ref': 'sourceRepositoryRef',
  'source-digest': 'sourceRepositoryDigest',
  'signer-digest': 'buildSignerDigest',
};
const BOOLEANS: ReadonlySet<string> = new Set(['bundle-from-oci', 'deny-self-hosted-runners', 'no-public-good']);
const KNOWN: ReadonlySet<string> = new Set([
  ...BOOLEANS,
  ...Object.keys(ELSEWHERE),
  ...NAMES,
  ...SUBJECTS,
  ...Object.keys(CLAIMS),
  'cert-oidc-issuer',
  'hostname',
  'predicate-type',
]);
const SHORT: Readonly<Record<string, string>> = {
  b: 'bundle',
  d: 'digest-alg',
  i: 'cert-identity-regex',
  L: 'limit',
  o: 'owner',
  q: 'jq',
  R: 'repo',
  t: 'template',
};

/**
 * Imports a `gh attestation verify` command line. What gh compares case-insensitively stays case-insensitive; a `--cert-identity-regex` stays a search.
 *
 * @throws TypeError `invalid-command` for anything that is not such a command, or has unknown flags or flags that exclude each other
 * @example importGhCommand('gh attestation verify oci://ghcr.io/acme/app:v1 --repo acme/app --signer-workflow acme/ci/.github/workflows/build.yml')
 */
export function importGhCommand(command: string | readonly string[]): ImportedPolicy {
  if (typeof command !== 'string') requireList(command, 'importGhCommand', 'command');
  const words = wordsOf(command);
  if (/(?:^|\/)gh(?:\.exe)?$/.test(words[0] ?? '')) words.shift();
  const [noun, verb, ...rest] = words;
  if ((noun !== 'attestation' && noun !== 'at') || verb !== 'verify')
    throw optionError(
      'invalid-command',
      `expected gh attestation verify, got ${JSON.stringify([noun, verb].filter((word) => word !== undefined).join(' '))}`,
    );
  const { flags, operands } = readFlags(rest, {
    command: 'gh attestation verify',
    known: KNOWN,
    booleans: BOOLEANS,
    short: SHORT,
  });
  const notExpressed: NotExpressed[] = [];
  const note: Note = (what, why, effect = 'elsewhere') => void notExpressed.push({ what, why, effect });
  const signer = ruleOf(flags, note);
  noteElsewhere(flags, note);
  const policy: ImagePolicy = {
    attested: { type: valueOf(flags, 'predicate-type') ?? PROVENANCE, signedBy: signer },
  };
  parsePolicy(policy);
  return { policy, references: operands.flatMap((operand) => referenceOf(operand, note)), notExpressed };
}

function ruleOf(flags: Flags, note: Note): SignerRule {
  const [owner, repo] = [valueOf(flags, 'owner'), valueOf(flags, 'repo')];
  if ((owner === undefined) === (repo === undefined))
    throw optionError('invalid-command', 'exactly one of --owner and --repo is required');
  if (owner !== undefined) assertName(owner, /^[\w.-]+$/, '--owner', 'a name');
  if (repo !== undefined) assertName(repo, /^[\w.-]+\/[\w.-]+$/, '--repo', 'owner/name');
  const host = valueOf(flags, 'hostname') ?? 'github.com';
  const [, tenant] = /^([a-z0-9-]+)\.ghe\.com$/.exec(host) ?? [];
  if (host !== 'github.com' && tenant === undefined)
    throw optionError('invalid-command', `--hostname must be github.com or a name like acme.ghe.com, got ${host}`);
  const origin = `https://${host}`;
  const usual = tenant === undefined ? GITHUB_ISSUER : `https://token.actions.${tenant}.ghe.com`;
  const issuer = valueOf(flags, 'cert-oidc-issuer') ?? usual;
  if (issuer !== issuer.toLowerCase())
    note('--cert-oidc-issuer', 'gh compares it case-insensitively; here it is exact', 'stricter');
  const claims = Object.entries(CLAIMS).flatMap(([flag, claim]) => {
    const value = valueOf(flags, flag);
    return value === undefined ? [] : [[claim, value] as const];
  });
  return {
    issuer,
    subject: subjectOf(flags, origin, owner ?? repo ?? '', note),
    // gh compares these two as a whole, case-insensitively.
    sourceRepositoryOwnerUri: inAnyCase(`${origin}/${owner ?? repo?.split('/')[0] ?? ''}`),
    ...(repo === undefined ? {} : { sourceRepositoryUri: inAnyCase(`${origin}/${repo}`) }),
    ...(isOn(flags, 'deny-self-hosted-runners') ? { runnerEnvironment: 'github-hosted' } : {}),
    ...Object.fromEntries(claims),
    ...(isOn(flags, 'no-public-good') ? { profile: 'github' } : {}),
  };
}

function subjectOf(flags: Flags, origin: string, ownerOrRepo: string, note: Note): string | Pattern {
  const given = SUBJECTS.filter((name) => valueOf(flags, name) !== undefined);
  if (given.length > 1)
    throw optionError('invalid-command', `${given.map((name) => `--${name}`).join(' and ')} exclude each other`);
  const exact = valueOf(flags, 'cert-identity');
  if (exact !== undefined) return exact;
  const expression = valueOf(flags, 'cert-identity-regex');
  if (expression !== undefined) {
    // On its own first: `re2Search` would say the same of it in other words.
    re2(expression);
    return re2Search(expression);
  }
  const workflow = valueOf(flags, 'signer-workflow');
  if (workflow !== undefined) {
    const path = workflow.replace(/^(?:https:\/\/)?(?=[\w-]+\.[\w-]+[^/]*\/)/, '');
    const [, host, rest] = /^([\w-]+(?:\.[\w-]+)+)\/(.+)$/.exec(path) ?? [];
    const isHost =
      host !== undefined && rest !== undefined && rest.split('/').length >= 3 && `https://${host}` === origin;
    const file = isHost ? rest : path;
    assertName(file, /^[\w.-]+\/[\w.-]+\/[\w./-]+(?:@\S+)?$/, '--signer-workflow', 'owner/name/path/to/workflow.yml');
    note(
      '--signer-workflow',
      'gh takes it for the beginning of an expression, in which a dot is any character; here it is this file, at any ref',
      'stricter',
    );
    return re2(`${quote(`${origin}/${file}`)}${file.includes('@') ? '' : '@(?s:.*)'}`);
  }
  const signerRepo = valueOf(flags, 'signer-repo');
  if (signerRepo !== undefined) assertName(signerRepo, /^[\w.-]+\/[\w.-]+$/, '--signer-repo', 'owner/name');
  return re2(`(?i:${quote(`${origin}/${signerRepo ?? ownerOrRepo}/`)})(?s:.*)`);
}

function noteElsewhere(flags: Flags, note: Note): void {
  for (const name of flags.keys()) {
    const where = ELSEWHERE[name];
    if (where !== undefined) note(`--${name}`, where);
  }
  if (!flags.has('bundle') && !isOn(flags, 'bundle-from-oci'))
    note(
      'GitHub’s attestation API',
      'gh reads it unless told otherwise; here that is the option github, or --github-attestations',
    );
  if (!flags.has('custom-trusted-root'))
    note('GitHub’s trusted root', 'gh trusts it beside the public one: option trust, with profile "github"');
}

/** Images are verified by their reference; a file has no place in which attestations could be looked for. */
function referenceOf(operand: string, note: Note): readonly string[] {
  if (operand.startsWith('oci://')) return [operand.slice('oci://'.length)];
  note(operand, 'a file: verifyBundle, with its bundle and its bytes');
  return [];
}

/** To gh, a flag with an empty value is the same as no flag. */
function valueOf(flags: Flags, name: string): string | undefined {
  const value = flags.get(name)?.at(-1);
  return value === '' ? undefined : value;
}

function inAnyCase(text: string): Pattern {
  return re2(`(?i:${quote(text)})`);
}

function quote(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

function assertName(value: string, shape: RegExp, flag: string, expected: string): void {
  // `..` would make the path point somewhere else.
  if (!shape.test(value) || /(?:^|\/)\.\.?(?:\/|$)/.test(value))
    throw optionError('invalid-command', `${flag} must be ${expected}, got ${JSON.stringify(value)}`);
}
