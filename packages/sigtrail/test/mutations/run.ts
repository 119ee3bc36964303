import { newStatement } from './implied-by.ts';
import { mutateJsonText } from './mutate-json.ts';
import { createRandom } from './random.ts';
import { createSpecimens, type Outcome, type Specimen } from './specimens.ts';

/** What a run of mutations came to. */
export interface MutationRun {
  readonly seed: number;
  readonly mutations: number;
  /** Names of what was mutated. */
  readonly specimens: readonly string[];
  readonly refused: number;
  /** Accepted, and saying nothing that wasn't said of the original. */
  readonly accepted: number;
  /** Refusals by code, most frequent first. */
  readonly codes: readonly (readonly [string, number])[];
  readonly findings: readonly Finding[];
}

/** Bytes that were accepted for what they don't say, or that made our code throw what it doesn't own. */
export interface Finding {
  readonly specimen: string;
  readonly seed: number;
  readonly what: string;
  readonly why: string;
  readonly text: string;
}

/** One mutation as it was judged; without an outcome it threw what our code doesn't own. */
export interface JudgedMutation {
  /** Counted from 0. */
  readonly number: number;
  readonly specimen: string;
  readonly outcome?: Outcome;
}

/** Mutates every specimen in turn; `mutations` in all. Mutation number n of a seed is always the same but for keys and signatures. */
export async function runMutations(options: {
  readonly seed: number;
  readonly mutations: number;
  readonly specimens?: readonly Specimen[];
  /** Told of each in turn. */
  readonly observe?: (judged: JudgedMutation) => void;
}): Promise<MutationRun> {
  const specimens = options.specimens ?? (await createSpecimens());
  const originals = new Map(
    await Promise.all(
      specimens.map(async (specimen) => {
        const outcome = await specimen.judge(specimen.text);
        if (!('accepted' in outcome)) throw new Error(`the unchanged ${specimen.name} is refused: ${outcome.code}`);
        return [specimen.name, outcome.accepted] as const;
      }),
    ),
  );
  const codes = new Map<string, number>();
  const findings: Finding[] = [];
  let accepted = 0;
  for (let number = 0; number < options.mutations; number += 1) {
    const specimen = specimens[number % specimens.length];
    const original = originals.get(specimen?.name ?? '');
    if (specimen === undefined || original === undefined) throw new Error('no specimens');
    const seed = options.seed + number;
    const random = createRandom(seed);
    let mutated = mutateJsonText(specimen.text, random);
    // Every fourth has two changes: an attacker isn't held to one.
    if (number % 4 === 3) mutated = again(mutated, random);
    const finding = (why: string): Finding => ({
      specimen: specimen.name,
      seed,
      what: mutated.what,
      why,
      text: mutated.text,
    });
    try {
      const outcome = await specimen.judge(mutated.text);
      options.observe?.({ number, specimen: specimen.name, outcome });
      if ('code' in outcome) codes.set(outcome.code, (codes.get(outcome.code) ?? 0) + 1);
      else {
        const because = newStatement(outcome.accepted, original);
        if (because === undefined) accepted += 1;
        else findings.push(finding(`accepted with another ${because}`));
      }
    } catch (error) {
      options.observe?.({ number, specimen: specimen.name });
      findings.push(finding(`threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`));
    }
  }
  return {
    seed: options.seed,
    mutations: options.mutations,
    specimens: specimens.map(({ name }) => name),
    refused: options.mutations - accepted - findings.length,
    accepted,
    codes: [...codes].toSorted(([, a], [, b]) => b - a),
    findings,
  };
}

function again(
  mutated: { readonly text: string; readonly what: string },
  random: Parameters<typeof mutateJsonText>[1],
): { readonly text: string; readonly what: string } {
  try {
    const twice = mutateJsonText(mutated.text, random);
    return { text: twice.text, what: `${mutated.what}, then ${twice.what}` };
  } catch {
    return mutated; // no longer JSON: one change it is
  }
}
