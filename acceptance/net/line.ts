import type { Check } from './engine.ts';

/** The result of one input: `name<TAB>verdict<TAB>reason<TAB>candidates`. */
export type Line = string;

/** The parts of a candidate that are compared. */
export interface LineCandidate {
  readonly accepted: boolean;
  readonly checks: readonly Pick<Check, 'check' | 'code' | 'status'>[];
}

/** Writes a line; candidates come in no order of their own, so they are sorted, as their checks are. */
export function toLine(name: string, verdict: string, reason: string, candidates: readonly LineCandidate[]): Line {
  return [name, verdict, reason, candidates.map(toWords).toSorted().join(' | ')].map(inOneLine).join('\t');
}

function toWords({ accepted, checks }: LineCandidate): string {
  const words = checks
    // Whether the second judge was asked is not an outcome; what it decides shows in the verdict.
    .filter(({ check }) => check !== 'second-judge')
    .map(({ check, code, status }) => `${check}:${code}:${status}`);
  return [accepted ? 'accepted' : 'refused', ...words.toSorted()].join(' ');
}

function inOneLine(text: string): string {
  return text.replaceAll(/\s/g, ' ');
}

/** The name of a line, which is unique. */
export function nameOf(line: Line): string {
  return line.slice(0, line.indexOf('\t'));
}

/** Sorts lines by name, and numbers names that come more than once. */
export function sortLines(lines: readonly Line[]): readonly Line[] {
  const times = new Map<string, number>();
  return lines
    .map((line) => {
      const name = nameOf(line);
      const time = (times.get(name) ?? 0) + 1;
      times.set(name, time);
      return time === 1 ? line : `${name} #${time}${line.slice(name.length)}`;
    })
    .toSorted();
}
