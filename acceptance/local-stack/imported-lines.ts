import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVerifier, type TrustInput, type Verifier } from 'sigtrail';
import { importCosignCommand } from 'sigtrail/policy-file';
import { type LocalCase, readCases, type RecordedRun } from './recorded-run.ts';

/** A recorded cosign line, imported as a policy and applied to the case's layout. */
export interface ImportedLine {
  readonly name: string;
  readonly cosign: 'accepts' | 'refuses';
  /** `not-imported`: no policy came out, and the import says which part could not be expressed. */
  readonly ours: 'accepts' | 'refuses' | 'not-imported';
  /** Why ours may differ. Empty for an unexplained difference. */
  readonly reason: string;
}

/** Every `cosign verify` and `verify-attestation` line of the recordings, by both versions. */
export async function runImportedLines(fixtures: string): Promise<readonly ImportedLine[]> {
  const localStack = join(fixtures, 'local-stack');
  const verifiers = new Map<string, Verifier>();
  const lines: ImportedLine[] = [];
  try {
    for (const one of readCases(localStack))
      for (const run of one.cosign)
        if (run.args[0] === 'verify' || run.args[0] === 'verify-attestation')
          lines.push(await ask(localStack, one, run, verifiers));
    return lines;
  } finally {
    for (const verifier of verifiers.values()) await verifier.close();
  }
}

async function ask(
  localStack: string,
  one: LocalCase,
  run: RecordedRun,
  verifiers: Map<string, Verifier>,
): Promise<ImportedLine> {
  const name = `${one.name}: ${run.args[0] ?? ''}, ${run.label} (${run.tool.split(' ')[0] ?? ''})`;
  const cosign = run.exitCode === 0 ? 'accepts' : 'refuses';
  const { policy, references, notExpressed } = importCosignCommand(run.args, {
    readKeyFile: (path) => readFileSync(join(localStack, path), 'utf8'),
  });
  if (policy === undefined)
    return {
      name,
      cosign,
      ours: 'not-imported',
      reason: notExpressed
        .filter(({ effect }) => effect === 'stricter')
        .map(({ what }) => what)
        .join(', '),
    };
  const root = valueOf(run.args, '--trusted-root') ?? rootOfEnvironment(run);
  const trust: TrustInput = root === undefined ? { embedded: true } : { file: join(localStack, root) };
  const verifier = verifiers.get(root ?? '') ?? createVerifier({ trust, secondJudge: 'off' });
  verifiers.set(root ?? '', verifier);
  const [, repository = '', selector = ''] = /^[^/]+\/(.+?)(:[^:@/]+|@sha256:.+)$/.exec(references[0] ?? '') ?? [];
  const layout = one.layouts[repository] ?? Object.values(one.layouts)[0] ?? 'layout';
  const { verdict } = await verifier.evaluate(
    `oci:${join(localStack, one.name, layout)}${selector === '' ? ':v1' : selector}`,
    policy,
  );
  const ours = verdict === 'verified' ? 'accepts' : 'refuses';
  return { name, cosign, ours, reason: ours === cosign ? '' : explain(one, run) };
}

/** Known differences, each with a reason that holds for all its lines. */
function explain({ name }: LocalCase, { label, args }: RecordedRun): string {
  const rule = DIFFERENCES.find(({ of }) => of(name, label, args));
  return rule?.reason ?? '';
}

interface Difference {
  readonly of: (name: string, label: string, args: readonly string[]) => boolean;
  readonly reason: string;
}

const DIFFERENCES: readonly Difference[] = [
  {
    reason: 'trust or place is given elsewhere, and was not given here',
    of: (name, _label, args) =>
      name.startsWith('alternate-repository') ||
      name.startsWith('byo-pki') ||
      args.some((word) => /^--(?:ca-roots|ca-intermediates|certificate-chain)/.test(word)),
  },
  {
    reason: 'stricter: an attestation does not count as a signature',
    of: (name, label, args) =>
      args[0] === 'verify' && (/attestation/.test(label) || name === 'neg-attestation-as-signature'),
  },
  {
    reason: 'stricter: a log that has ended is not trusted for entries without a time of their own',
    of: (_name, label) => label === 'trusted root variant tlogs-ended',
  },
  {
    reason: 'stricter: the digest is always checked',
    of: (_name, _label, args) => args.includes('--check-claims=false'),
  },
  {
    reason: 'both formats are always looked for, and one never hides the other',
    of: (name, label) =>
      name.startsWith('mixed-') || name === 'legacy-experimental-oci11' || label.includes('legacy format'),
  },
  {
    reason: 'cosign can’t verify what it signed: keys of P-384, P-521 and Ed25519, message signatures',
    of: (name) => /-key-(?:ecdsa-p384|ecdsa-p521|ed25519)$/.test(name) || name === 'bundle-message-signature',
  },
];

/** cosign 2 was told its trust by the environment, the same that the file has; what was told is a matter of trust, not of the policy. */
function rootOfEnvironment(run: RecordedRun & { readonly env?: Readonly<Record<string, string>> }): string | undefined {
  return run.env?.['SIGSTORE_ROOT_FILE'] === undefined ? undefined : 'trust/trusted_root.json';
}

function valueOf(args: readonly string[], flag: string): string | undefined {
  const at = args.indexOf(flag);
  return at < 0 ? args.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1) : args[at + 1];
}
