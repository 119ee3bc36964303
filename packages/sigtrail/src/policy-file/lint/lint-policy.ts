import { assertKeys } from '../../policy/parse-options.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { isPattern, type Pattern } from '../../policy/pattern.ts';
import type { ImagePolicy } from '../../policy/policy.ts';
import { looksLikePattern } from '../../policy/looks-like-pattern.ts';
import { isAnchored } from './is-anchored.ts';
import { LINT_RULES, type LintCode, type LintLevel } from './lint-rules.ts';

/** A finding of the linter. */
export interface LintFinding {
  readonly code: LintCode;
  readonly level: LintLevel;
  /** Where in the policy: `allOf[1].signedBy.subject`. */
  readonly path: string;
  readonly message: string;
  /** What to write instead. */
  readonly help: string;
}

/**
 * Finds ways in for strangers: valid policies that require less than their author thinks. Never throws for a policy.
 *
 * @example for (const { code, path, message } of lintPolicy(policy)) console.log(path, code, message);
 */
export function lintPolicy(
  policy: ImagePolicy,
  options: { readonly references?: readonly string[] } = {},
): readonly LintFinding[] {
  assertKeys(options, ['references'], 'options');
  const findings: LintFinding[] = [];
  const report: Report = (code, path, detail) => {
    const { level, summary, help } = LINT_RULES[code];
    findings.push({ code, level, path, message: detail === undefined ? summary : `${detail}: ${summary}`, help });
  };
  try {
    parsePolicy(policy);
  } catch (error) {
    report('invalid-policy', '', error instanceof Error ? error.message : 'refused');
  }
  lintNode(policy, '', report, 0);
  for (const reference of options.references ?? [])
    if (!reference.includes('@')) report('tag-reference', '', reference);
  return findings;
}

type Report = (code: LintCode, path: string, detail?: string) => void;

function lintNode(value: unknown, path: string, report: Report, depth: number): void {
  if (!isRecord(value) || depth > 32) return;
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  if (value['dangerouslyAcceptAnySigner'] !== undefined) report('any-signer', at('dangerouslyAcceptAnySigner'));
  const { require } = value;
  if (isRecord(require))
    for (const [name, code] of [
      ['log', 'log-ignored'],
      ['sct', 'sct-ignored'],
      ['time', 'time-ignored'],
    ] as const)
      if (require[name] === 0) report(code, at(`require.${name}`));
  const types = value['acceptAttestationsAsSignature'];
  if (Array.isArray(types) && types.length > 0) report('attestation-as-signature', at('acceptAttestationsAsSignature'));
  if (value['acceptAttestationManifestsAsSignature'] === true)
    report('attestation-as-signature', at('acceptAttestationManifestsAsSignature'));
  for (const name of ['signedBy', 'of']) lintRules(value[name], at(name), report);
  for (const name of ['attested', 'vex']) {
    const inner = value[name];
    if (isRecord(inner)) lintRules(inner['signedBy'], at(`${name}.signedBy`), report);
  }
  for (const name of ['allOf', 'anyOf']) {
    const list = value[name];
    if (Array.isArray(list)) list.forEach((one, index) => lintNode(one, at(`${name}[${index}]`), report, depth + 1));
  }
  lintNode(value['not'], at('not'), report, depth + 1);
}

function lintRules(value: unknown, path: string, report: Report): void {
  if (Array.isArray(value)) value.forEach((one, index) => lintRule(one, `${path}[${index}]`, report));
  else lintRule(value, path, report);
}

function lintRule(rule: unknown, path: string, report: Report): void {
  if (!isRecord(rule) || rule['key'] !== undefined) return;
  if (isRecord(rule['githubRelease'])) {
    // GitHub vouches for itself: the author chooses neither an issuer nor a pattern, only the name of the repository.
    const { repositoryId, ownerId } = rule['githubRelease'];
    if (repositoryId === undefined && ownerId === undefined) report('no-immutable-id', path);
    return;
  }
  const issuers = textsOf(rule['issuer']);
  const isPki = rule['profile'] === 'pki';
  if (!isPki && (issuers.length === 0 || issuers.some(fitsEverything)))
    report('subject-without-issuer', `${path}.issuer`);
  else if (issuers.some((text) => typeof text !== 'string')) report('issuer-not-exact', `${path}.issuer`);
  for (const [name, value] of Object.entries(rule)) {
    if (name === 'annotations' && isRecord(value))
      for (const [key, one] of Object.entries(value)) lintTexts(one, `${path}.annotations.${key}`, report);
    else lintTexts(value, `${path}.${name}`, report);
  }
  if (rule['githubWorkflowName'] !== undefined) report('chosen-claim', `${path}.githubWorkflowName`);
  lintIdentity(rule, path, report);
}

/** Rules that only make sense for names that CI providers give. */
function lintIdentity(rule: Readonly<Record<string, unknown>>, path: string, report: Report): void {
  const subjects = textsOf(rule['subject']);
  for (const text of subjects) {
    const source = sourceOf(text);
    if (typeof text !== 'string' && text.kind === 'glob') {
      // The owner is in the scheme, the host and the first step of the path.
      const owner = /^([a-z][a-z0-9+.-]*:\/\/[^/]*)(?:\/([^/]*))?/i.exec(source);
      if (
        !fitsEverything(text) &&
        ((owner === null && source.startsWith('*') && !source.includes('@')) ||
          /[*?]/.test(`${owner?.[1] ?? ''}${openStep(owner?.[2])}`))
      )
        report('pattern-open-owner', `${path}.subject`, `glob(${source})`);
      else if (/[^/@*.]\*\*?(?:$|\/)/.test(source.replace(/@.*$/s, '')))
        report('pattern-open-boundary', `${path}.subject`, `glob(${source})`);
    }
    const isOpen = typeof text !== 'string' && !fitsEverything(text) && /@(?:\*\*?|\.\*|\(\?s:\.\*\))\$?$/.test(source);
    const refs = textsOf(rule['sourceRepositoryRef']).concat(textsOf(rule['githubWorkflowRef']));
    const isPinned = (refs.length > 0 && refs.every((ref) => !isMovable(sourceOf(ref)))) || pinsCommit(rule);
    if (!isPinned && !fitsEverything(text) && (isMovable(source) || isOpen))
      report('mutable-ref', `${path}.subject`, source);
  }
  for (const name of ['sourceRepositoryRef', 'githubWorkflowRef'])
    if (!pinsCommit(rule) && textsOf(rule[name]).some((text) => isMovable(sourceOf(text))))
      report('mutable-ref', `${path}.${name}`);
  const isCi = textsOf(rule['issuer']).some((text) =>
    /token\.actions\.(?:githubusercontent|[a-z0-9-]+\.ghe\.com)|gitlab/.test(sourceOf(text)),
  );
  if (isCi && rule['sourceRepositoryIdentifier'] === undefined && rule['sourceRepositoryOwnerIdentifier'] === undefined)
    report('no-immutable-id', path);
}

function lintTexts(value: unknown, path: string, report: Report): void {
  for (const text of textsOf(value)) {
    if (typeof text === 'string') {
      // An annotation may well contain a star, but identities and claims never do.
      if (looksLikePattern(text) && !path.includes('.annotations.')) report('look-alike-pattern', path, text);
      continue;
    }
    const shown = `${text.kind}(${text.source})`;
    if (fitsEverything(text)) {
      // For the issuer, there is a more severe rule.
      if (!path.endsWith('.issuer')) report('pattern-matches-everything', path, shown);
      continue;
    }
    if (text.kind === 're2Search')
      report(isAnchored(text.source) ? 'pattern-search' : 'pattern-unanchored', path, shown);
    if (text.kind !== 'glob' && hasLooseDot(text.source)) report('pattern-dot-unescaped', path, shown);
  }
}

/** Whether there is a `.` between letters or digits, as in github.com, that was meant as `\.`. */
function hasLooseDot(source: string): boolean {
  return /(?:^|[^\\])(?:\\\\)*[\w-]\.[\w-]/.test(source.replaceAll(/\\Q.*?(?:\\E|$)|\[[^\]]*\]/gs, ''));
}

function fitsEverything(text: string | Pattern): boolean {
  if (typeof text === 'string') return false;
  if (text.kind === 'glob') return /^\*+$/.test(text.source) && text.source.includes('**');
  const bare = text.source.replaceAll(/\(\?[a-z]+\)|\(\?(?:[a-z]*:)?|[()^$]|\\A|\\z/g, '');
  return /^(?:\.[*+]\??)*$/.test(bare);
}

function openStep(step: string | undefined): string {
  // `https://github.com/acme-*` leaves the owner open, too.
  return step ?? '';
}

function isMovable(ref: string): boolean {
  return /(?:^|@)refs\/(?:heads|pull)\//.test(ref) || /^(?:\*\*?|\.\*)$/.test(ref);
}

function pinsCommit(rule: Readonly<Record<string, unknown>>): boolean {
  return rule['sourceRepositoryDigest'] !== undefined || rule['githubWorkflowSha'] !== undefined;
}

/** Every text in a matcher, whatever the kind of subject. */
function textsOf(value: unknown): readonly (string | Pattern)[] {
  if (typeof value === 'string' || isPattern(value)) return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (!isRecord(value)) return [];
  return ['uri', 'email', 'dns', 'ip', 'userName'].flatMap((kind) => textsOf(value[kind]));
}

function sourceOf(text: string | Pattern): string {
  return typeof text === 'string' ? text : text.source;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isPattern(value);
}
