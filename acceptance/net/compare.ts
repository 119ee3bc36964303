import { type Line, nameOf } from './line.ts';

/** A wanted change: what it does to its lines, and why. */
export interface AcceptedDifference {
  /** A regular expression that finds the names of those lines. */
  readonly match: string;
  /** A part of the baseline's line after its name; `null` if the line is new. */
  readonly before: string | null;
  /** What replaces it now; `null` if the line is gone. */
  readonly after: string | null;
  /** `before` is how the line began, whatever its checks were, and `after` is all of it now. */
  readonly isWhole?: boolean;
  readonly reason: string;
}

/** A line that differs; `undefined` on the side where it is missing. */
export interface Difference {
  readonly name: string;
  readonly before?: Line;
  readonly after?: Line;
}

/** The result of a comparison. */
export interface Comparison {
  readonly same: number;
  /** Lines that differ as an accepted difference says. */
  readonly explained: number;
  readonly differences: readonly Difference[];
  /** How many lines each accepted difference explains, in their order. */
  readonly accepted: readonly (readonly [AcceptedDifference, number])[];
}

/** Compares by name; a line that is the baseline's after the accepted differences were applied to it counts as accepted. */
export function compareLines(
  baseline: readonly Line[],
  current: readonly Line[],
  accepted: readonly AcceptedDifference[],
): Comparison {
  const rules = accepted.map((rule) => ({ rule, pattern: new RegExp(rule.match, 'u') }));
  const counts = new Map(accepted.map((rule) => [rule, 0]));
  const [before, after] = [byName(baseline), byName(current)];
  const differences: Difference[] = [];
  let same = 0;
  let explained = 0;
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === is) {
      same += 1;
      continue;
    }
    const used = explain(
      was,
      is,
      rules.filter(({ pattern }) => pattern.test(name)).map(({ rule }) => rule),
    );
    for (const rule of used) counts.set(rule, (counts.get(rule) ?? 0) + 1);
    if (used.length > 0) explained += 1;
    else
      differences.push({
        name,
        ...(was === undefined ? {} : { before: was }),
        ...(is === undefined ? {} : { after: is }),
      });
  }
  return { same, explained, differences, accepted: [...counts] };
}

/** The rules that make one of the other; none where they don't. */
function explain(
  was: Line | undefined,
  is: Line | undefined,
  rules: readonly AcceptedDifference[],
): readonly AcceptedDifference[] {
  if (was === undefined)
    return rules.filter(({ before, after }) => before === null && is?.includes(after ?? '\n')).slice(0, 1);
  if (is === undefined)
    return rules.filter(({ before, after }) => after === null && was.includes(before ?? '\n')).slice(0, 1);
  const used: AcceptedDifference[] = [];
  const name = nameOf(was);
  const whole = rules.find(
    ({ isWhole, before, after }) =>
      isWhole === true && before !== null && was.startsWith(`${name}\t${before}`) && is === `${name}\t${after}`,
  );
  if (whole !== undefined) return [whole];
  let rest = was.slice(name.length);
  for (const rule of rules.filter(({ isWhole }) => isWhole !== true)) {
    const { before, after } = rule;
    if (before === null || before === '' || after === null || !rest.includes(before)) continue;
    rest = rest.replaceAll(before, after);
    used.push(rule);
  }
  return canonical(name + rest) === canonical(is) ? used : [];
}

/** With checks and candidates sorted, since a check that has another name has another place. */
function canonical(line: Line): Line {
  const [name = '', verdict = '', reason = '', candidates = ''] = line.split('\t');
  const sorted = candidates.split(' | ').map((one) => one.split(' ').toSorted().join(' '));
  return [name, verdict, reason, sorted.toSorted().join(' | ')].join('\t');
}

function byName(lines: readonly Line[]): ReadonlyMap<string, Line> {
  return new Map(lines.map((line) => [nameOf(line), line]));
}
