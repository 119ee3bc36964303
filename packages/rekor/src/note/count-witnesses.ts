import { counted } from '@sigtrail/encoding';
import type { Checkpoint } from './checkpoint.ts';
import { readCosignatures } from './cosignature.ts';
import type { WitnessKey } from './cosignature.ts';
import type { EntryCheck } from '../entry/entry.ts';

/** How many witnesses vouch for a checkpoint. A failing line of a known witness is as bad as a failing line of the log. */
export function countWitnesses(
  checkpoint: Checkpoint,
  witnesses: readonly WitnessKey[],
  quorum: number,
): { readonly names: readonly string[]; readonly check: EntryCheck } {
  const lines = readCosignatures(checkpoint, witnesses);
  const names = [...new Set(lines.filter(({ status }) => status === 'verified').map(({ name }) => name))];
  const bad = lines.find(({ status }) => status === 'invalid');
  const check = 'witnesses';
  const said = `${String(names.length)} of ${counted(witnesses.length, 'witness', 'witnesses')} cosigned`;
  if (bad !== undefined) {
    const message = `the cosignature of ${bad.name} does not verify`;
    return { names: [], check: { check, status: 'failed', code: 'checkpoint-signature-invalid', message } };
  }
  return names.length >= quorum
    ? { names, check: { check, status: 'passed', message: said } }
    : {
        names,
        check: { check, status: 'failed', code: 'untrusted-key', message: said, expected: `${String(quorum)} or more` },
      };
}
