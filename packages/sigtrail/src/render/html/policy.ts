import { explainCode } from '../../explain/index.ts';
import type { Report } from '../../report/any-report.ts';
import type { PolicyOutcome } from '../../report/report.ts';
import { unmetParts } from '../../report/unmet-parts.ts';
import { markOf } from './checks.ts';
import { html, type Markup, type Part } from './markup.ts';
import { type Level, subtitle } from './rows.ts';

/** The policy as a tree, with the parts that decided. */
export function policyTree({ policy, verdict, callbacks = [] }: Report, level: Level): Part {
  if (policy === undefined) return html`<p>The policy was not applied: what the reference names could not be read.</p>`;
  const decisive = new Set(verdict === 'verified' ? metParts(policy) : unmetParts(policy));
  return html`<ul class="tree">${outcomeItem(policy, decisive, 0)}</ul>${
    callbacks.length === 0
      ? undefined
      : html`${subtitle(level, 'What code of the policy answered')}<ul>${callbacks
          .slice(0, MOST)
          .map(
            ({ scope, name, answer, reason, candidate }) =>
              html`<li>${scope} <b>${name}</b>${candidate === undefined ? undefined : html` about <code>${candidate}</code>`}: ${answer}${reason === undefined ? undefined : ` (${reason})`}</li>`,
          )}</ul>`
  }`;
}

const MOST = 40;
// The user wrote the policy, not a stranger: this only limits a report that was read from a file.
const DEEPEST = 20;

/** The innermost parts by which a policy holds. */
function metParts(outcome: PolicyOutcome): readonly PolicyOutcome[] {
  const { status, kind, of = [] } = outcome;
  if (status !== 'satisfied') return [];
  const inner = kind === 'not' ? [] : of.flatMap(metParts);
  return inner.length === 0 ? [outcome] : inner;
}

function outcomeItem(outcome: PolicyOutcome, decisive: ReadonlySet<PolicyOutcome>, depth: number): Markup {
  const { path, label, status, why, expected, actual, candidates = [], of = [] } = outcome;
  const means = why === undefined ? undefined : explainCode(why.code)?.means;
  const status_ = ({ satisfied: 'passed', failed: 'failed', unknown: 'indeterminate' } as const)[status];
  return html`<li>${markOf(status_)}<span class="${decisive.has(outcome) ? 'decided' : ''}">${label}</span> <code class="soft">${path}</code>${decisive.has(outcome) ? html` <span class="tag ${status}">${status === 'unknown' ? 'left it open' : 'decided'}</span>` : undefined}${
    candidates.length === 0
      ? undefined
      : html`<br><span class="soft">by ${candidates.slice(0, 5).map((id, index) => html`${index === 0 ? '' : ', '}<code>${id}</code>`)}${candidates.length > 5 ? ` and ${candidates.length - 5} more` : ''}</span>`
  }${why === undefined ? undefined : html`<br>${why.message} <code class="soft">${why.code}</code>${means === undefined ? undefined : html`<br><span class="soft">${means}</span>`}`}${
    expected === undefined && actual === undefined
      ? undefined
      : html`<br><span class="soft">${expected === undefined ? undefined : `expected ${expected}`}${actual === undefined ? undefined : ` got ${actual}`}</span>`
  }${of.length === 0 || depth >= DEEPEST ? undefined : html`<ul class="tree">${of.slice(0, MOST).map((one) => outcomeItem(one, decisive, depth + 1))}</ul>`}</li>`;
}
