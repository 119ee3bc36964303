import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createVerifier, type ImageReport, type SignedByPolicy } from 'sigtrail';
import { type LocalCase, type Question, readCases, toQuestion } from '../local-stack/recorded-run.ts';

/** One case under one variant of the trusted root. */
export interface VariantRow {
  readonly case: string;
  readonly variant: string;
  readonly expected: 'verified' | 'rejected';
  readonly actual: string;
}

/**
 * Every file of `trust/variants` on every case that has one accepted signature. What is right follows from what that
 * signature rests on: take away what it needs, and it must be rejected; take away anything else, and it must not.
 */
export async function runTrustVariants(localStack: string): Promise<readonly VariantRow[]> {
  const variants = readdirSync(join(localStack, 'trust/variants')).toSorted();
  const rows: VariantRow[] = [];
  for (const one of readCases(localStack)) {
    const question = rightQuestion(localStack, one);
    if (question === undefined) continue;
    const ask = async (file: string): Promise<ImageReport> => {
      await using verifier = createVerifier({ trust: { file: join(localStack, file) } });
      const layout = join(localStack, one.name, one.layouts[question.repository] ?? 'layout');
      // Awaited here: a verifier that is closed answers nothing.
      return await verifier.evaluate(`oci:${layout}${question.selector}`, question.policy);
    };
    const base = await ask('trust/trusted_root.json');
    if (base.signatures.length !== 1) continue;
    for (const variant of variants) {
      const { verdict } = await ask(`trust/variants/${variant}`);
      const expected = rests(base, question, variant.replace('.json', '')) ? 'rejected' : 'verified';
      rows.push({ case: one.name, variant, expected, actual: verdict });
    }
  }
  return rows;
}

function rightQuestion(localStack: string, { cosign, name }: LocalCase): Question | undefined {
  const run = cosign.find(
    ({ label, tool, args }) =>
      label === 'right policy' &&
      tool.startsWith('cosign3') &&
      args[0] === 'verify' &&
      args.includes('trust/trusted_root.json'),
  );
  if (run === undefined || name.startsWith('alternate-repository-')) return undefined;
  try {
    return toQuestion(localStack, run);
  } catch {
    return undefined; // a flag that only the command line knows
  }
}

/** Does the accepted signature rest on what this variant takes away? */
function rests({ signatures }: ImageReport, { policy }: Question, variant: string): boolean {
  const [signature] = signatures;
  if (signature === undefined) throw new Error('nothing was accepted');
  const isKeyless = signature.signer.kind === 'certificate';
  const logs = signature.log.map(({ log }) => (log.includes('rekor2') ? 'rekor2' : 'rekor1'));
  const stamped = signature.times.filter(({ source }) => source === 'timestamp-authority').length;
  // The translated lines are of this one kind of policy.
  const { require = {}, legacyTimestamps } = policy as Pick<SignedByPolicy, 'require' | 'legacyTimestamps'>;
  const required = { log: 1, sct: 1, ...require };
  const without = (gone: (log: string) => boolean): boolean => {
    const left = logs.filter((log) => !gone(log));
    const timed = stamped > 0 || left.includes('rekor1');
    return left.length < required.log || (isKeyless && !timed);
  };
  switch (variant) {
    case 'ca-ended':
    case 'ca-not-yet':
      return isKeyless;
    case 'ct-ended':
    case 'no-ct':
      return isKeyless && required.sct > 0;
    case 'rekor1-wrong-key':
      return logs.includes('rekor1');
    case 'no-rekor1':
      return without((log) => log === 'rekor1');
    case 'no-rekor2':
      return without((log) => log === 'rekor2');
    case 'tlogs-ended':
      return without(() => true);
    case 'no-tsa':
    case 'tsa-ended':
      return stamped > 0 && (legacyTimestamps === 'require' || (isKeyless && !logs.includes('rekor1')));
    case 'rekor1-other-url':
      return false;
    default:
      throw new Error(`unknown variant ${variant}`);
  }
}
