import { describe, expect, it } from 'vitest';

/** One argument of a function: what it accepts, and what it must refuse. */
export interface Argument {
  readonly valid: unknown;
  readonly wrong: readonly unknown[];
}

// What a caller without types gives by mistake.
const NOTHING = [undefined, null, 42];
/** A key that no option has. */
const MISSPELT = { singnal: 1 };

export const text = (valid: string): Argument => ({ valid, wrong: [...NOTHING, {}, ['a']] });
export const bytes = (valid: Uint8Array = new Uint8Array(32)): Argument => ({ valid, wrong: [...NOTHING, {}, 'text'] });
/** Text or bytes. */
export const json = (valid: string | Uint8Array): Argument => ({ valid, wrong: [...NOTHING, ['a']] });
export const list = (valid: readonly unknown[] = []): Argument => ({ valid, wrong: [...NOTHING, {}, 'text'] });
/** An object that has members. */
export const data = (valid: object): Argument => ({ valid, wrong: [...NOTHING, 'text', [], {}] });
export const callback = (valid: unknown): Argument => ({ valid, wrong: [...NOTHING, {}, 'text'] });
export const count = (valid: number | bigint): Argument => ({ valid, wrong: [undefined, null, 'text', {}, -1] });
/** Options that may be left out. */
export const options = (valid?: object): Argument => ({
  valid,
  wrong: [null, 42, 'text', [], MISSPELT],
});
/** An object that must be there, and whose members are all known. */
export const strict = (valid: object): Argument => ({
  valid,
  wrong: [...NOTHING, 'text', [], { ...valid, ...MISSPELT }],
});
/** Values that are wrong for this argument only. */
export const takes = (valid: unknown, ...wrong: readonly unknown[]): Argument => ({ valid, wrong });

/** A type guard: it accepts anything, and answers `false`. */
export const GUARD = 'guard';
/** A function without arguments. */
export const NO_ARGUMENTS = 'no arguments';
/** A class of errors, made by the package itself, or a schema that refuses by `safeParse`. */
export const NOT_A_DOOR = 'not a door';

export type Row = readonly Argument[] | typeof GUARD | typeof NO_ARGUMENTS | typeof NOT_A_DOOR;

export interface Walk {
  /** The namespace of an entry, and objects of functions in it. */
  readonly entries: readonly object[];
  /** For each exported function its arguments. A function without a row fails. */
  readonly rows: Readonly<Record<string, Row>>;
  /** Recognises an error of the package. */
  readonly isOurs?: (error: unknown) => boolean;
}

/** Calls every exported function with a wrong value for each argument in turn: it must refuse with one of our typed errors. */
export function walkDoors({ entries, rows, isOurs = () => false }: Walk): void {
  const doors = new Map(entries.flatMap((entry) => doorsOf(entry)));

  it('knows what each exported function takes', () => {
    expect(Object.keys(rows).toSorted()).toEqual([...doors.keys()].toSorted());
  });

  describe.each(Object.entries(rows))('%s', (name, row) => {
    const door = doors.get(name);
    if (door === undefined || row === NO_ARGUMENTS || row === NOT_A_DOOR) {
      it('has no argument that could be wrong', () => expect(row).toBeTypeOf('string'));
      return;
    }
    if (row === GUARD) {
      it('says false of what it does not know', () => {
        for (const value of [...NOTHING, 'text of something else!', {}, []]) expect(door(value)).toBe(false);
      });
      return;
    }
    it('takes what it should', async () => {
      const values = row.map(({ valid }) => valid);
      // The content of a text may still be refused, with its own code.
      expect(['unknown-option', 'invalid-option']).not.toContain(codeOf(await outcomeOf(door, values)));
    });
    it('refuses what is wrong', async () => {
      for (const [at, { wrong }] of row.entries())
        for (const value of wrong) {
          const call = row.map(({ valid }, index) => (index === at ? value : valid));
          const outcome = await outcomeOf(door, call);
          expect(isRefusal(outcome) || isOurs(errorOf(outcome)), described(name, at, value, outcome)).toBe(true);
        }
    });
  });
}

type Door = (...values: readonly unknown[]) => unknown;
type Outcome = { readonly value: unknown } | { readonly error: unknown };

function doorsOf(entry: object, prefix = ''): readonly (readonly [string, Door])[] {
  return Object.entries(entry).flatMap(([name, value]): readonly (readonly [string, Door])[] => {
    if (typeof value === 'function') return [[`${prefix}${name}`, value as Door]];
    const isTable = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
    return isTable && prefix === '' && !name.endsWith('Schema') ? doorsOf(value as object, `${name}.`) : [];
  });
}

async function outcomeOf(door: Door, values: readonly unknown[]): Promise<Outcome> {
  try {
    const value = door(...values);
    return { value: isIterator(value) ? value.next() : await value };
  } catch (error) {
    return { error };
  }
}

function isIterator(value: unknown): value is Iterator<unknown> {
  return typeof value === 'object' && value !== null && 'next' in value && typeof value.next === 'function';
}

function errorOf(outcome: Outcome): unknown {
  return 'error' in outcome ? outcome.error : undefined;
}

/** A `TypeError` with one of our codes: Node's begin with `ERR_`. */
function isRefusal(outcome: Outcome): boolean {
  const error = errorOf(outcome);
  if (!(error instanceof TypeError) || !('code' in error)) return false;
  return typeof error.code === 'string' && !error.code.startsWith('ERR_');
}

function codeOf(outcome: Outcome): string {
  const error = errorOf(outcome);
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function described(name: string, at: number, value: unknown, outcome: Outcome): string {
  const what = 'error' in outcome ? `threw ${String(outcome.error)}` : `answered ${String(outcome.value)}`;
  return `${name}, argument ${String(at)} = ${JSON.stringify(value)}: ${what}`;
}
