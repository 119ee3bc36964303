import { isRekorError, parseCheckpoint, parseTransparencyLogEntry } from '@sigtrail/rekor';
import type { EntryField, EntryView } from '../describe-entry.ts';
import { markOf } from './checks.ts';
import { claimName } from './claims.ts';
import { type Field, fieldTable, marksLegend } from './fields.ts';
import { html, type Markup, type Part } from './markup.ts';
import { type DrawnPath, merklePath } from './merkle-path.ts';
import { firstOf, rowList, section } from './rows.ts';
import { timeline } from './timeline.ts';

/** What is known about the entry as a whole. */
export function entryVerdict({ url, fields }: EntryView): Markup {
  const index = fields.find(({ name }) => name === 'Log index')?.value ?? '';
  const { style, word, sentence } = WORDS[provenanceOf(fields)];
  return html`<h1><span class="verdict ${style}">${word}</span> Entry ${index} of ${url}</h1><p>${sentence}</p>`;
}

const WORDS = {
  proven: {
    style: 'verified',
    word: 'PROVEN',
    sentence: 'The entry is in the log: hashes lead from it to a root that the log’s trusted key signed.',
  },
  asserted: {
    style: 'indeterminate',
    word: 'PROMISED',
    sentence: 'The log’s trusted key promised to include the entry. That it did is not proven here.',
  },
  unproven: {
    style: 'rejected',
    word: 'NOT PROVEN',
    sentence: 'No signature of a trusted key covers the entry: only the server that answered vouches for it.',
  },
} as const;

function provenanceOf(fields: readonly EntryField[]): keyof typeof WORDS {
  return fields.find(({ name }) => name === 'Entry UUID')?.provenance ?? 'unproven';
}

/** A log entry, as people know it from Rekor's search page, with the source of each value and the proof. */
export function entrySections(view: EntryView): Part {
  const path = pathOf(view);
  return [
    section(
      2,
      'The entry',
      html`${fieldTable('As the search page of Rekor shows it', view.fields.map(toField))}${view.unread === undefined ? undefined : html`<p class="failed">The body can’t be read: ${view.unread}</p>`}${marksLegend()}`,
    ),
    section(2, 'When', timesOf(view)),
    section(
      2,
      'The proof that the entry is in the log',
      path === undefined ? html`<p>No path to a signed root was proven.</p>` : merklePath(path),
    ),
    firstOf(view.signers, 8, ({ fields, pem }, index) =>
      section(
        2,
        view.signers.length === 1 ? 'The signer' : `Signer ${index + 1}`,
        html`${fieldTable(
          'The signature, and the certificate or key beside it',
          fields.map((field) => toField({ ...field, name: claimName(field.name) })),
        )}<details><summary>The certificate or key as PEM</summary><div class="in">${lines(pem)}</div></details>`,
      ),
    ),
    section(2, 'Every check', checks(view)),
    section(
      2,
      'What is on record',
      html`<p class="soft">The signer wrote this, and the log kept it.</p><details><summary>Body</summary><div class="in">${json(view.body)}</div></details>${view.attestation === undefined ? undefined : html`<details><summary>Attestation (${view.attestation.provenance})</summary><div class="in">${json(view.attestation.value)}</div></details>`}`,
    ),
  ];
}

function toField({ name, value, provenance, link }: EntryField): Field {
  return { name, value, mark: provenance, ...(link === undefined ? {} : { link }) };
}

function timesOf({ signers, integratedTime, describedAt, url, fields }: EntryView): Markup {
  const signer = signers.find(({ validity }) => validity !== undefined);
  const time = fields.find(({ name }) => name === 'Integrated time');
  return timeline({
    ...(signer?.validity === undefined ? {} : { validity: signer.validity }),
    times: integratedTime === undefined ? [] : [{ time: integratedTime, source: 'log', authority: url }],
    now: describedAt,
    word: time?.provenance === 'asserted' && signer?.signer.identity !== 'unproven' ? 'proven' : 'claimed',
  });
}

/** The path, if the checks say that it leads to a root that the log signed. */
function pathOf({ evidence, checks: all }: EntryView): DrawnPath | undefined {
  const passed = (name: string): boolean => all.some(({ check, status }) => check === name && status === 'passed');
  if (!passed('inclusion') || !passed('checkpoint')) return undefined;
  try {
    const { uuid, inclusionProof } = parseTransparencyLogEntry(evidence);
    if (inclusionProof?.checkpoint === undefined) return undefined;
    const { logIndex, hashes, checkpoint } = inclusionProof;
    const { origin, size, rootHash } = parseCheckpoint(checkpoint);
    return {
      leafIndex: logIndex,
      treeSize: String(size),
      leafHash: uuid,
      hashes: hashes.map((hash) => Buffer.from(hash).toString('hex')),
      rootHash: Buffer.from(rootHash).toString('hex'),
      origin,
      checkpoint,
    };
  } catch (error) {
    // The view was read from a file that was changed: an unreadable value is not drawn.
    if (isRekorError(error)) return undefined;
    throw error;
  }
}

function checks({ checks: all }: EntryView): Markup {
  return html`<ul class="tree">${all
    .slice(0, 60)
    .map(
      ({ check, status, code, message, expected, actual }) =>
        html`<li><details><summary>${markOf(status)}${message}</summary><div class="in">${rowList([
          ['check', check],
          ...(code === undefined ? [] : [['code', code] as const]),
          ...(expected === undefined ? [] : [['expected', expected] as const]),
          ...(actual === undefined ? [] : [['found', actual] as const]),
        ])}</div></details></li>`,
    )}</ul>`;
}

function json(value: unknown): Markup {
  return lines(JSON.stringify(value, undefined, 2) ?? '');
}

// An attestation may be a megabyte long.
const MAX_LINES = 300;

/** Line for line, so that line ends stay what they are and other control characters are shown. */
function lines(text: string): Markup {
  const all = text.split('\n');
  return html`<pre>${all.slice(0, MAX_LINES).map(
    (line) => html`${line}
`,
  )}</pre>${all.length > MAX_LINES ? html`<p class="soft">${all.length - MAX_LINES} more lines: the JSON has them.</p>` : undefined}`;
}
