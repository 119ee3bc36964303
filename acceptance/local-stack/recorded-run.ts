import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ImagePolicy, re2, type SignerRule, type TrustInput, type VerdictName } from 'sigtrail';
import type { Matcher } from 'sigtrail/policy';

/** One recorded run of a tool, as `case.json` has it. */
export interface RecordedRun {
  readonly label: string;
  readonly tool: string;
  readonly args: readonly string[];
  readonly exitCode: number;
  readonly stdout: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A case's own description. */
export interface LocalCase {
  readonly name: string;
  readonly digest: string;
  readonly registry: string;
  readonly tag: string;
  readonly referrersApi: boolean;
  readonly layouts: Readonly<Record<string, string>>;
  readonly signers: readonly { readonly identity?: string; readonly issuer?: string; readonly key?: string }[];
  readonly expected: Readonly<Record<string, 'accept' | 'reject' | 'open'>>;
  readonly cosign: readonly RecordedRun[];
}

/** A recorded run in the terms of our API. */
export interface Question {
  /** `acme/app` */
  readonly repository: string;
  /** `:v1` or `@sha256:…` */
  readonly selector: string;
  readonly policy: ImagePolicy;
  readonly trust: TrustInput;
}

/** Every case of the folder, by name. */
export function readCases(localStack: string): readonly LocalCase[] {
  return readdirSync(localStack)
    .filter((name) => existsSync(join(localStack, name, 'case.json')))
    .toSorted()
    .map((name) => JSON.parse(readFileSync(join(localStack, name, 'case.json'), 'utf8')) as LocalCase);
}

/** Runs in cosign's words that we run although they were not recorded. */
export function addedRuns({ name, registry, tag, signers, cosign, layouts }: LocalCase): readonly RecordedRun[] {
  const right = cosign.find(({ label, args }) => label === 'right policy' && args[0] === 'verify');
  // README of the fixtures: a log is known by its key, whatever its base URL says.
  if (right !== undefined && (name === 'legacy-keyless-github' || name === 'bundle-keyless-github'))
    return [
      {
        ...right,
        label: 'trusted root variant rekor1-other-url',
        exitCode: 0,
        args: right.args.map((word) => word.replace('trust/trusted_root.json', 'trust/variants/rekor1-other-url.json')),
      },
    ];
  if (cosign.some(({ args }) => args[0] === 'verify')) return [];
  // Made for verify-attestation only: as an image it is unsigned, whatever attestations it has.
  return signers.map(({ identity = '', issuer = '', key }) => ({
    label: 'right policy',
    tool: 'cosign3',
    args: [
      'verify',
      ...(key === undefined
        ? ['--certificate-identity', identity, '--certificate-oidc-issuer', issuer]
        : ['--key', key]),
      '--trusted-root',
      'trust/trusted_root.json',
      `${registry}/${Object.keys(layouts)[0] ?? ''}:${tag}`,
    ],
    exitCode: 10,
    stdout: '',
  }));
}

/** Why a run is left out, or `undefined`. Each reason is a missing feature or a separate command. */
export function skipReason({ name }: LocalCase, { tool, args }: RecordedRun): string | undefined {
  const [command = ''] = args;
  if (!tool.startsWith('cosign3')) return 'recorded with cosign 2, repeated with cosign 3';
  if (command !== 'verify') return `the command ${command}`;
  if (name.startsWith('byo-pki')) return 'own PKI';
  if (name.startsWith('alternate-repository-')) return 'alternate repository';
  const flag = args.find((word) =>
    /^--(check-claims|ca-|certificate-chain|attachment|local-image|certificate(=|$))/.test(word),
  );
  return flag === undefined ? undefined : `the flag ${flag}`;
}

/** Runs where we differ from cosign and neither the case nor the folder's README asks for it: shown, so that readers need not search for them. */
export const ownDifferences: readonly string[] = ['legacy-experimental-oci11: flag not given'];

/** The verdict that is right for a run: cosign's own, but where the case or its folder's README says that cosign errs. */
export function rightVerdict({ name, expected }: LocalCase, { label, exitCode }: RecordedRun): VerdictName | 'open' {
  const child = /^(amd64|arm64) by digest$/.exec(label)?.[1];
  const said =
    child === undefined
      ? label.startsWith('right policy')
        ? expected['verify']
        : undefined
      : expected[`verify ${child}`];
  if (said !== undefined) return said === 'open' ? 'open' : said === 'accept' ? 'verified' : 'rejected';
  // cosign must be told the hash of a key's signatures; we take it from the key.
  if (label.startsWith('--signature-digest-algorithm')) return 'verified';
  const corrected = CORRECTIONS[`${name}: ${label}`];
  if (corrected !== undefined) return corrected;
  return exitCode === 0 ? 'verified' : exitCode === 11 ? 'indeterminate' : 'rejected';
}

const CORRECTIONS: Readonly<Record<string, VerdictName>> = {
  'bundle-att: verify: attestations, but no signature': 'rejected',
  'mixed-sig-and-bundle-att: identity of the attestation, which is no signature': 'rejected',
  'bundle-keyless-rekor2: trusted root variant tlogs-ended': 'rejected',
  // Always looked for, flag or not.
  'legacy-experimental-oci11: flag not given': 'verified',
};

const CLAIM_FLAGS: Readonly<Record<string, string>> = {
  '--certificate-github-workflow-trigger': 'githubWorkflowTrigger',
  '--certificate-github-workflow-sha': 'githubWorkflowSha',
  '--certificate-github-workflow-name': 'githubWorkflowName',
  '--certificate-github-workflow-repository': 'githubWorkflowRepository',
  '--certificate-github-workflow-ref': 'githubWorkflowRef',
};
const SWITCHES: ReadonlySet<string> = new Set([
  '--insecure-ignore-tlog',
  '--insecure-ignore-sct',
  '--use-signed-timestamps',
  '--experimental-oci11',
  '--offline',
  '--new-bundle-format',
]);

/** Translates a recorded `cosign verify` line; an unknown flag is an error, so that none is lost. */
export function toQuestion(localStack: string, { args }: RecordedRun): Question {
  const reference = /^[^/]+\/(.+?)(:[^:@/]+|@sha256:.+)$/.exec(args.at(-1) ?? '');
  const [, repository, selector] = reference ?? [];
  if (repository === undefined || selector === undefined) throw new Error(`not a reference: ${args.at(-1)}`);
  const { rule, require, file, useTimestamps } = readFlags(localStack, args.slice(1, -1));
  return {
    repository,
    selector,
    policy: { signedBy: rule, require, legacyTimestamps: useTimestamps ? 'require' : 'ignore' },
    trust: file === undefined ? { embedded: true } : { file: join(localStack, file) },
  };
}

function readFlags(
  localStack: string,
  words: readonly string[],
): {
  readonly rule: SignerRule;
  readonly require: Record<string, number>;
  readonly file?: string;
  readonly useTimestamps: boolean;
} {
  const on = new Set<string>();
  const fields: Record<string, Matcher> = {};
  const annotations: Record<string, string> = {};
  let key: string | undefined;
  let file: string | undefined;
  for (let at = 0; at < words.length; at++) {
    const [name = '', inline] = (words[at] ?? '').split('=', 2);
    if (SWITCHES.has(name)) {
      if (inline !== 'false') on.add(name);
      continue;
    }
    const value = words[++at] ?? '';
    const claim = CLAIM_FLAGS[name];
    if (claim !== undefined) fields[claim] = value;
    else if (name === '--certificate-identity') fields['subject'] = value;
    else if (name === '--certificate-oidc-issuer') fields['issuer'] = value;
    else if (name === '--certificate-identity-regexp') fields['subject'] = search(value);
    else if (name === '--certificate-oidc-issuer-regexp') fields['issuer'] = search(value);
    else if (name === '--key') key = readFileSync(join(localStack, value), 'utf8');
    else if (name === '--trusted-root') file = value;
    else if (name === '-a') annotations[value.slice(0, value.indexOf('='))] = value.slice(value.indexOf('=') + 1);
    else if (name !== '-o' && name !== '--signature-digest-algorithm') throw new Error(`unknown flag ${name}`);
  }
  const rule = (key === undefined ? { ...fields, annotations } : { key, annotations }) as SignerRule;
  const require = {
    ...(on.has('--insecure-ignore-tlog') ? { log: 0 } : {}),
    ...(on.has('--insecure-ignore-sct') ? { sct: 0 } : {}),
  };
  return { rule, require, ...(file === undefined ? {} : { file }), useTimestamps: on.has('--use-signed-timestamps') };
}

/** cosign searches anywhere in the text; our patterns match the whole of it. */
function search(expression: string): Matcher {
  return re2(`(?s:.*)(?:${expression})(?s:.*)`);
}
