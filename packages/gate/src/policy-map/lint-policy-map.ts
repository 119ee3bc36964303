import { optionError, requireObject } from '@sigtrail/encoding';
import { type LintCode, type LintLevel, lintPolicy } from 'sigtrail/policy-file';
import type { TextPosition } from '../text/place.ts';
import { overlap } from './image-pattern.ts';
import type { MapRule, PolicyMap, RuleName } from './policy-map.ts';

/** The codes of what is found in a map itself; its policies have those of the policy linter. */
export type MapLintCode =
  | 'tie'
  | 'never-matches'
  | 'no-rules'
  | 'open-registry'
  | 'open-owner'
  | 'expired-exception'
  | 'long-exception'
  | 'wide-exception'
  | 'warn-only'
  | 'unused-policy';

/** One thing that the linter found in a policy map. */
export interface MapFinding extends TextPosition {
  readonly code: MapLintCode | LintCode;
  readonly level: LintLevel;
  readonly file: string;
  readonly message: string;
  readonly help: string;
}

/** Every rule of the map's linter, by its code. */
export const MAP_LINT_RULES: Readonly<Record<MapLintCode, { readonly level: LintLevel; readonly help: string }>> = {
  tie: {
    level: 'error',
    help: 'Make one of the patterns longer, or let both ask the same: an image that both match is refused.',
  },
  'never-matches': { level: 'error', help: 'Write docker.io/library/*, or docker.io/**.' },
  'no-rules': {
    level: 'error',
    help: 'Write a rule for each image that may run; sigtrail gate init proposes them for signed images.',
  },
  'open-registry': {
    level: 'warning',
    help: 'Write the registry out: anyone may have a registry under a name that fits.',
  },
  'open-owner': {
    level: 'error',
    help: 'Write the owner out, up to its slash: anyone may register an owner whose name fits.',
  },
  'expired-exception': { level: 'warning', help: 'Remove it, or give it a new end and say why.' },
  'long-exception': {
    level: 'note',
    help: 'Choose a day within a year: an exception is looked at again when it ends.',
  },
  'wide-exception': { level: 'warning', help: 'Name the repositories that are excepted.' },
  'warn-only': { level: 'note', help: 'Leave mode out once the images pass: with warn, what fails runs all the same.' },
  'unused-policy': { level: 'note', help: 'Remove it, or name it in a rule.' },
};

/** Finds where a map lets in more than it seems to, and what it would refuse at run time. Never throws for a map. */
export function lintPolicyMap(map: PolicyMap, options: { readonly now: Date }): readonly MapFinding[] {
  requireObject(map, 'lintPolicyMap', 'map', ['rules', 'exceptions', 'policies']);
  requireObject(options, 'lintPolicyMap', 'options', ['now']);
  const { now, ...others } = options;
  if (!(now instanceof Date) || Number.isNaN(now.getTime()) || Object.keys(others).length > 0)
    throw optionError('invalid-option', 'lintPolicyMap: "options" must be { now }, a Date');
  return [
    ...lintEmpty(map),
    ...lintRules(map),
    ...lintTies(map.rules),
    ...lintExceptions(map, now),
    ...lintPolicies(map),
  ].toSorted((left, right) => left.line - right.line || left.column - right.column);
}

function finding(
  code: MapLintCode,
  { file, line, column }: Pick<RuleName, 'file' | 'line' | 'column'>,
  message: string,
): MapFinding {
  return { code, ...MAP_LINT_RULES[code], file, line, column, message: `${message}.` };
}

function lintEmpty({ file, rules, exceptions }: PolicyMap): readonly MapFinding[] {
  return rules.length + exceptions.length > 0
    ? []
    : [finding('no-rules', { file, line: 1, column: 1 }, 'the map has no rule, so every image is refused')];
}

function lintRules({ rules, exceptions }: PolicyMap): readonly MapFinding[] {
  return [...rules, ...exceptions]
    .flatMap(({ pattern: { source, pattern }, name }) => {
      const [registry = '', ...steps] = pattern.split('/');
      const isAll = pattern === '**';
      return [
        ...(registry === 'docker.io' && steps.length === 1 && steps[0] !== '**'
          ? [finding('never-matches', name, `${source} matches nothing: every repository of Docker Hub has two steps`)]
          : []),
        ...(registry.includes('*') && !isAll
          ? [finding('open-registry', name, `${source} matches registries of strangers`)]
          : []),
        ...(hasOpenOwner(pattern) ? [finding('open-owner', name, `${source} matches owners that are strangers`)] : []),
      ];
    })
    .concat(
      rules
        .filter(({ mode }) => mode === 'warn')
        .map(({ name }) => finding('warn-only', name, `${name.pattern} is only warned about`)),
    );
}

/** Whether a wildcard stands in the first of several steps behind the registry. `**` as the last step is about everything below, and is no owner. */
function hasOpenOwner(pattern: string): boolean {
  const [, owner = '', ...rest] = pattern.split('/');
  return rest.length > 0 && owner.includes('*');
}

function lintTies(rules: readonly MapRule[]): readonly MapFinding[] {
  const ranks = new Map<string, MapRule[]>();
  for (const rule of rules) {
    const { isExact, isDeep, pattern, prefixLength } = rule.pattern;
    const rank = JSON.stringify([isExact, isDeep, pattern.slice(0, prefixLength)]);
    ranks.set(rank, [...(ranks.get(rank) ?? []), rule]);
  }
  return [...ranks.values()].flatMap((rank) => rank.flatMap((rule, index) => tieOf(rule, rank.slice(0, index))));
}

function tieOf(rule: MapRule, earlier: readonly MapRule[]): readonly MapFinding[] {
  const other = earlier.find(({ asks, pattern }) => asks !== rule.asks && overlap(pattern, rule.pattern));
  if (other === undefined) return [];
  const message = `${rule.name.pattern} and ${other.name.pattern} (line ${other.name.line}) match the same images equally well, and have different policies`;
  return [finding('tie', rule.name, message)];
}

const YEAR_MS = 366 * 24 * 60 * 60 * 1000;

function lintExceptions({ exceptions }: PolicyMap, now: Date): readonly MapFinding[] {
  return exceptions.flatMap(({ name, endsAt, until, pattern }) => [
    ...(endsAt <= now
      ? [finding('expired-exception', name, `the exception for ${name.pattern} ended ${until}, and counts for nothing`)]
      : []),
    ...(endsAt.getTime() - now.getTime() > YEAR_MS
      ? [finding('long-exception', name, `the exception for ${name.pattern} holds until ${until}`)]
      : []),
    ...(pattern.isDeep || hasOpenOwner(pattern.pattern)
      ? [
          finding(
            'wide-exception',
            name,
            `${name.pattern} excepts every repository that it matches, of any owner that fits`,
          ),
        ]
      : []),
  ]);
}

function lintPolicies({ policies, rules, file }: PolicyMap): readonly MapFinding[] {
  const used = new Set(rules.map(({ policy }) => policy));
  return policies.flatMap((one) => [
    ...(used.has(one.policy)
      ? []
      : [
          finding(
            'unused-policy',
            { file, ...(one.file === file ? one.locate('') : { line: 1, column: 1 }) },
            `no rule names the policy ${one.name}`,
          ),
        ]),
    ...lintPolicy(one.policy).map(({ code, level, path, message, help }) => ({
      code,
      level,
      file: one.file,
      message,
      help,
      ...one.locate(path),
    })),
  ]);
}
