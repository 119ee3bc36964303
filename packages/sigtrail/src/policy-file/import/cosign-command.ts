import { optionError, requireList } from '@sigtrail/encoding';
import { assertKeys } from '../../policy/parse-options.ts';
import { re2, re2Search } from '../../policy/pattern.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import type { ImagePolicy, RequiredEvidence, SignerRule } from '../../policy/policy.ts';
import { type Flags, isOn, readFlags, wordsOf } from './command-line.ts';
import type { ImportedPolicy, NotExpressed } from './imported-policy.ts';

/** Options of the import. */
export interface ImportCosignOptions {
  /** Reads a `--key` file. Without it, or if the key isn't a file, the key is listed as not expressed, and there is no policy. */
  readonly readKeyFile?: (path: string) => string;
}

const CLAIMS: Readonly<Record<string, string>> = {
  'certificate-github-workflow-trigger': 'githubWorkflowTrigger',
  'certificate-github-workflow-sha': 'githubWorkflowSha',
  'certificate-github-workflow-name': 'githubWorkflowName',
  'certificate-github-workflow-repository': 'githubWorkflowRepository',
  'certificate-github-workflow-ref': 'githubWorkflowRef',
};

const BOOLEANS: ReadonlySet<string> = new Set([
  'allow-certificate-chain',
  'allow-http-registry',
  'allow-insecure-registry',
  'check-claims',
  'experimental-oci11',
  'insecure-ignore-sct',
  'insecure-ignore-tlog',
  'k8s-keychain',
  'local-image',
  'new-bundle-format',
  'offline',
  'private-infrastructure',
  'sk',
  'use-signed-timestamps',
  'verbose',
]);
const SHORT: Readonly<Record<string, string>> = { a: 'annotations', o: 'output', t: 'timeout', d: 'verbose' };

/** Flags that don't affect who may sign: where to look, whom to trust, what to print. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'allow-http-registry': 'registry option insecureRegistries',
  'allow-insecure-registry': 'registry option insecureRegistries',
  'allow-certificate-chain': 'trust: relax single-certificate',
  'attachment-tag-prefix': 'where signatures are',
  'ca-intermediates': 'trust: trustRoot.fromParts',
  'ca-roots': 'trust: trustRoot.fromParts',
  'certificate-chain': 'trust: trustRoot.fromParts',
  'experimental-oci11': 'always looked for',
  'k8s-keychain': 'registry credentials',
  'local-image': 'the reference oci:DIR',
  'max-workers': 'concurrency',
  'new-bundle-format': 'both formats are always looked for',
  offline: 'no log is contacted without the option log',
  output: 'how the result is printed',
  'output-file': 'how the result is printed',
  'registry-password': 'registry credentials',
  'registry-token': 'registry credentials',
  'registry-username': 'registry credentials',
  'registry-cacert': 'registry option',
  'registry-client-cert': 'registry option',
  'registry-client-key': 'registry option',
  'registry-server-name': 'registry option',
  'rekor-url': 'option log',
  'signature-digest-algorithm': 'the hash follows from the key',
  slot: 'a hardware token’s slot',
  timeout: 'option timeoutMs',
  'timestamp-certificate-chain': 'trust: trustRoot.fromParts',
  'trusted-root': 'option trust',
  verbose: 'logging',
};

/**
 * Imports a `cosign verify` or `verify-attestation` command line. Its regular expressions stay searches, as in cosign; `lintPolicy`
 * says what is wrong with that.
 *
 * @throws TypeError `invalid-command` for text that is not a cosign command, or has unknown flags
 * @example importCosignCommand(['verify', '--certificate-identity=dev@acme.example', '--certificate-oidc-issuer=https://accounts.google.com', 'ghcr.io/acme/app:v1'])
 */
export function importCosignCommand(
  command: string | readonly string[],
  options: ImportCosignOptions = {},
): ImportedPolicy {
  if (typeof command !== 'string') requireList(command, 'importCosignCommand', 'command');
  assertKeys(options, ['readKeyFile'], 'options');
  const words = wordsOf(command);
  if (/(?:^|\/)cosign(?:\.exe)?$/.test(words[0] ?? '')) words.shift();
  const [verb, ...rest] = words;
  if (verb !== 'verify' && verb !== 'verify-attestation')
    throw optionError(
      'invalid-command',
      `expected cosign verify or verify-attestation, got ${JSON.stringify(verb ?? '')}`,
    );
  const { flags, operands: references } = readFlags(rest, {
    command: 'cosign verify',
    known: KNOWN,
    booleans: BOOLEANS,
    short: SHORT,
  });
  const notExpressed: NotExpressed[] = [];
  const note = (what: string, why: string, effect: NotExpressed['effect'] = 'elsewhere'): void =>
    void notExpressed.push({ what, why, effect });
  const rule = ruleOf(flags, options, note);
  const annotations = annotationsOf(flags.get('annotations') ?? []);
  const signer = rule === undefined ? undefined : ({ ...rule, ...annotations } as SignerRule);
  for (const name of flags.keys()) {
    const where = ELSEWHERE[name];
    if (where !== undefined) note(`--${name}`, where);
  }
  if (isOn(flags, 'private-infrastructure')) note('--private-infrastructure', 'says what --insecure-ignore-tlog says');
  // cosign would not compare the digest, so a signature of any image would do (docs/architecture.md: the payload names this digest).
  if (flags.has('check-claims') && !isOn(flags, 'check-claims'))
    note('--check-claims=false', 'the digest is always checked', 'stricter');
  for (const [name, why] of Object.entries({
    sct: 'detached SCTs are not read',
    signature: 'detached signatures are not read',
    payload: 'detached payloads are not read',
    attachment: 'the signature of an attachment: verify the attachment’s own digest',
    policy: 'CUE and Rego don’t run here: write attested(type, rule, predicate)',
    certificate: 'a certificate as a file: name its key, or its identity',
  })) {
    if (!flags.has(name)) continue;
    note(`--${name}`, why, 'stricter');
    // Without it, the rest would require less than the original, or something else.
    if (['policy', 'attachment', 'certificate', 'payload'].includes(name)) return { references, notExpressed };
  }
  if (signer === undefined) return { references, notExpressed };
  const require: RequiredEvidence = {
    ...(isOn(flags, 'insecure-ignore-tlog') || isOn(flags, 'private-infrastructure') ? { log: 0 } : {}),
    ...(isOn(flags, 'insecure-ignore-sct') ? { sct: 0 } : {}),
  };
  const settings = {
    ...(Object.keys(require).length === 0 ? {} : { require }),
    legacyTimestamps: isOn(flags, 'use-signed-timestamps') ? 'require' : 'ignore',
  } as const;
  const policy: ImagePolicy =
    verb === 'verify'
      ? { signedBy: signer, ...settings }
      : { attested: { type: flags.get('type')?.at(-1) ?? 'custom', signedBy: signer }, ...settings };
  parsePolicy(policy);
  return { policy, references, notExpressed };
}

function ruleOf(
  flags: Flags,
  { readKeyFile }: ImportCosignOptions,
  note: (what: string, why: string, effect?: NotExpressed['effect']) => void,
): object | undefined {
  const key = flags.get('key')?.at(-1);
  if (key !== undefined) {
    if (flags.has('certificate-identity') || flags.has('certificate-identity-regexp'))
      throw optionError('invalid-command', '--key and --certificate-identity exclude each other');
    // cosign silently ignores them together with a key; if they were required of a key, they would never hold.
    for (const name of flags.keys())
      if (name.startsWith('certificate-oidc-issuer') || name in CLAIMS)
        note(`--${name}`, 'cosign ignores it beside --key');
    if (readKeyFile !== undefined && !/^[a-z0-9]+:\/\//i.test(key)) return { key: readKeyFile(key) };
    note(
      `--key ${key}`,
      'only a key that can be read as a file becomes part of a policy; a KMS plugs in as a KeyResolver',
      'stricter',
    );
    return undefined;
  }
  if (isOn(flags, 'sk') || flags.has('certificate')) {
    note(
      isOn(flags, 'sk') ? '--sk' : '--certificate',
      'a key on a token or in a certificate file can’t be named',
      'stricter',
    );
    return undefined;
  }
  const claims = Object.entries(CLAIMS).flatMap(([flag, name]) => {
    const value = flags.get(flag)?.at(-1);
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  return {
    issuer: matcherOf(flags, 'certificate-oidc-issuer'),
    subject: matcherOf(flags, 'certificate-identity'),
    ...Object.fromEntries(claims),
  };
}

function matcherOf(flags: Flags, name: string): unknown {
  const exact = flags.get(name)?.at(-1);
  const expression = flags.get(`${name}-regexp`)?.at(-1);
  if (exact !== undefined && expression !== undefined)
    throw optionError('invalid-command', `--${name} and --${name}-regexp exclude each other`);
  if (expression !== undefined && expression !== '') {
    // Checked here first, since `re2Search` would refuse it in different words.
    re2(expression);
    return re2Search(expression);
  }
  if (exact === undefined || exact === '')
    throw optionError('invalid-command', `--${name} or --${name}-regexp is required`);
  return exact;
}

function annotationsOf(pairs: readonly string[]): { readonly annotations?: Readonly<Record<string, string>> } {
  const entries = pairs
    .flatMap((pair) => pair.split(','))
    .map((pair) => {
      const at = pair.indexOf('=');
      if (at <= 0) throw optionError('invalid-command', `-a expects key=value, got ${JSON.stringify(pair)}`);
      return [pair.slice(0, at), pair.slice(at + 1)] as const;
    });
  return entries.length === 0 ? {} : { annotations: Object.fromEntries(entries) };
}

const KNOWN: ReadonlySet<string> = new Set([
  ...BOOLEANS,
  ...Object.keys(ELSEWHERE),
  ...Object.keys(CLAIMS),
  'annotations',
  'attachment',
  'certificate',
  'certificate-identity',
  'certificate-identity-regexp',
  'certificate-oidc-issuer',
  'certificate-oidc-issuer-regexp',
  'key',
  'payload',
  'policy',
  'sct',
  'signature',
  'type',
]);
