import { explainCode } from '../../explain/index.ts';
import type { CandidateReport, Check, CheckStatus } from '../../report/report.ts';
import { isProven } from '../nearest.ts';
import { whoSigned } from '../signer-in-words.ts';
import { html, type Markup, type Part } from './markup.ts';
import { firstOf, rowList } from './rows.ts';

/** Everything that was found, with every check on it: a tree whose leaves say what they compared and what their codes mean. */
export function proofTree(candidates: readonly CandidateReport[], most: number): Part {
  if (candidates.length === 0) return html`<p>Nothing that could be a signature or an attestation was found.</p>`;
  // What counts comes first: a stranger can attach any number of others.
  const sorted = candidates.toSorted((one, other) => Number(other.accepted) - Number(one.accepted));
  return firstOf(sorted, most, (candidate) => candidateBlock(candidate));
}

function candidateBlock(candidate: CandidateReport): Markup {
  const { id, format, carrier, accepted, refusedBecause, isAttestation, checks, missingFromSnapshot, through } =
    candidate;
  const who = whoSigned(candidate.unverifiedClaims);
  const what = isAttestation ? 'attestation' : 'signature';
  return html`<details class="block"><summary><b class="${accepted ? 'accepted' : 'refused'}">${accepted ? 'Counts' : 'Does not count'}</b>: ${what}, ${format} by ${carrier}${who === undefined ? undefined : html`, ${accepted || isProven(candidate) ? 'signed by' : 'says it is signed by'} ${who}`}${refusedBecause === undefined ? undefined : html` <span class="tag failed">${refusedBecause}</span>`}</summary><div class="in"><p><code>${id}</code></p>${
    through === undefined
      ? undefined
      : rowList([
          ['about', `${through.platform === undefined ? '' : `${through.platform} `}${through.image}`],
          ['signs', `the attestation manifest ${through.attestationManifest}`],
          ...(through.statement === undefined ? [] : [['lists', `the statement ${through.statement}`] as const]),
        ])
  }${missingFromSnapshot === undefined ? undefined : html`<p>${missingFromSnapshot.message}</p>`}${everyCheck(checks)}${secondJudge(candidate)}</div></details>`;
}

/** Every check on one candidate, under the question that it answers. */
export function everyCheck(checks: readonly Check[]): Markup {
  return html`<ul class="tree">${groupsOf(checks).map(groupItem)}</ul>`;
}

interface Group {
  readonly name: string;
  readonly checks: readonly Check[];
}

const GROUPS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['What was signed', /^(?:format|subject|statement-subject|signed-name|payload-type|attestation-manifest|predicate)/],
  ['The signature', /^signature$/],
  ['The certificate', /^(?:certificate|bundle-certificate|sct)/],
  ['The transparency log', /^log-/],
  ['The time', /^timestamp/],
  ['The second judge', /^second-judge$/],
];
const POLICY = 'What the policy asks for';

function groupsOf(checks: readonly Check[]): readonly Group[] {
  const nameOf = ({ check }: Check): string => GROUPS.find(([, pattern]) => pattern.test(check))?.[0] ?? POLICY;
  return [...GROUPS.map(([name]) => name), POLICY]
    .map((name) => ({ name, checks: checks.filter((check) => nameOf(check) === name) }))
    .filter((group) => group.checks.length > 0);
}

function groupItem({ name, checks }: Group): Markup {
  const status = (['failed', 'indeterminate', 'passed', 'skipped'] as const).find((one) =>
    checks.some((check) => check.status === one),
  );
  return html`<li>${markOf(status ?? 'skipped')}<b>${name}</b><ul class="tree">${checks.slice(0, MOST).map(checkItem)}${checks.length > MOST ? html`<li>${checks.length - MOST} more checks: the JSON report has them.</li>` : undefined}</ul></li>`;
}

const MOST = 60;

function checkItem(check: Check): Markup {
  // Some checks are named after their fault: the name says nothing about a check that passed.
  const explained = check.status === 'passed' ? undefined : explainCode(check.code);
  return html`<li><details><summary>${markOf(check.status)}${check.message}</summary><div class="in">${rowList([
    ['check', `${check.check}${check.item === undefined ? '' : `, item ${check.item}`}`],
    ...(check.code === check.check ? [] : [['code', check.code] as const]),
    ...(check.expected === undefined ? [] : [['expected', check.expected] as const]),
    ...(check.actual === undefined ? [] : [['found', check.actual] as const]),
    ...(explained === undefined
      ? []
      : ([['means', explained.means], ...(explained.next === 'nothing' ? [] : [['next', explained.next]])] as [
          string,
          string,
        ][])),
  ])}</div></details></li>`;
}

const STATUS: Readonly<Record<CheckStatus, readonly [mark: string, word: string]>> = {
  passed: ['✓', 'passed'],
  failed: ['✗', 'failed'],
  indeterminate: ['?', 'undecided'],
  skipped: ['–', 'not counted'],
};

/** A status as a mark, and as a word for readers who can't see the mark. */
export function markOf(status: CheckStatus): Markup {
  const [mark, word] = STATUS[status] ?? STATUS.indeterminate;
  return html`<span class="mark ${status === 'indeterminate' ? 'unknown' : status}" role="img" aria-label="${word}">${mark}</span>`;
}

/** What the second judge answered. */
export function secondJudge({ secondJudge: { verdict, reason } }: Pick<CandidateReport, 'secondJudge'>): Markup {
  return html`<p class="soft">@sigstore/verify, the second judge: ${verdict}${reason === undefined ? '' : `, ${reason}`}</p>`;
}
