import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { main } from '@sigtrail/cli';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { type LocalCase, readCases, type RecordedRun, rightVerdict, skipReason } from './recorded-run.ts';

/** Our `--output cosign` beside what cosign printed for the same line. */
export interface OutputRow {
  readonly case: string;
  readonly run: string;
  readonly format: 'legacy' | 'bundle';
  /** Empty when equal, else what differs. */
  readonly difference: string;
}

interface Element {
  readonly critical: { readonly type: string };
  readonly optional: Readonly<Record<string, unknown>> | null;
}

const LEGACY = 'cosign container image signature';
const SIGNATURE = 'https://sigstore.dev/cosign/sign/v1';

/** Every recorded run of cosign 3 that printed JSON, with the word `cosign` replaced by ours. */
export async function compareCosignOutput(fixtures: string): Promise<readonly OutputRow[]> {
  const localStack = join(fixtures, 'local-stack');
  const registries = { new: await startRegistry(), old: await startRegistry({ referrersApi: false }) };
  const rows: OutputRow[] = [];
  try {
    for (const one of readCases(localStack)) {
      const registry = one.referrersApi ? registries.new : registries.old;
      for (const [repository, folder] of Object.entries(one.layouts))
        registry.loadLayout(repository, join(localStack, one.name, folder));
      for (const run of one.cosign)
        if (isComparable(one, run)) rows.push(await compareRun(localStack, one, run, registry));
    }
    return rows;
  } finally {
    await Promise.all([registries.new.close(), registries.old.close()]);
  }
}

function isComparable(one: LocalCase, run: RecordedRun): boolean {
  // We have no flag for the hash of a key's signatures: it follows from the key.
  if (run.args.includes('--signature-digest-algorithm')) return false;
  return (
    skipReason(one, run) === undefined &&
    run.exitCode === 0 &&
    run.stdout.trimStart().startsWith('[') &&
    rightVerdict(one, run) === 'verified'
  );
}

async function compareRun(
  localStack: string,
  one: LocalCase,
  { label, args, stdout }: RecordedRun,
  registry: FakeRegistry,
): Promise<OutputRow> {
  const line = args.map((word, at) =>
    ['--key', '--trusted-root'].includes(args[at - 1] ?? '')
      ? join(localStack, word)
      : word.replace(`${one.registry}/`, `${registry.host}/`),
  );
  let printed = '';
  let complaints = '';
  const streams = {
    stdout: (text: string) => void (printed += text),
    stderr: (text: string) => void (complaints += text),
  };
  const code = await main([...line.slice(0, -1), '--output', 'cosign', line.at(-1) ?? ''], streams);
  // README of the fixtures, (1): cosign prints attestation bundles as signatures; we do not.
  const recorded = (JSON.parse(stdout) as readonly Element[]).filter(
    ({ critical: { type } }) => type === LEGACY || type === SIGNATURE,
  );
  const format = recorded.some(({ critical }) => critical.type === LEGACY) ? 'legacy' : 'bundle';
  const row = { case: one.name, run: label, format } as const;
  if (code !== 0) return { ...row, difference: `exit ${code}: ${complaints.trim().split('\n').at(-1) ?? ''}` };
  // The reference that was asked for is part of the output; ours has another port.
  return {
    ...row,
    difference: differenceOf(
      recorded,
      JSON.parse(printed.replaceAll(registry.host, one.registry)) as readonly Element[],
    ),
  };
}

/** cosign ignores the `.sig` beside a bundle; we print both, so that elements of ours may be more there, never fewer. */
function differenceOf(recorded: readonly Element[], ours: readonly Element[]): string {
  const comparable = recorded.some(({ critical }) => critical.type === LEGACY)
    ? ours
    : ours.filter(({ critical }) => critical.type !== LEGACY);
  if (comparable.length !== recorded.length) return `${comparable.length} elements, cosign printed ${recorded.length}`;
  const left = [...comparable];
  for (const element of recorded) {
    const at = left.findIndex((candidate) => isSame(element, candidate));
    if (at < 0) return `no element equals ${JSON.stringify(element).slice(0, 400)}`;
    left.splice(at, 1);
  }
  return '';
}

function isSame(recorded: Element, ours: Element): boolean {
  if (recorded.critical.type === LEGACY) return isDeepStrictEqual(recorded, ours);
  // Documented additions: who signed and where it is logged, which cosign leaves out for bundles.
  const additions = Object.keys(ours.optional ?? {}).filter((name) => !Object.hasOwn(recorded.optional ?? {}, name));
  const known = additions.every((name) =>
    /^(Subject|Issuer|Bundle|githubWorkflow\w+|1\.3\.6\.1\.4\.1\.57264\.1\.[1-6])$/.test(name),
  );
  return (
    known &&
    isDeepStrictEqual(recorded.critical, ours.critical) &&
    Object.entries(recorded.optional ?? {}).every(([name, value]) => isDeepStrictEqual(value, ours.optional?.[name]))
  );
}
