import { counted } from '@sigtrail/encoding';
import type { ImageTrack, TrackedEntry, TrackSource } from '../../track/image-track.ts';
import type { Timeline } from '../../track/timeline.ts';
import { describeTrust } from '../to-text.ts';
import { trackedSignerInWords } from '../tracked-signer-in-words.ts';
import { html, type Markup, type Part } from './markup.ts';
import { firstOf, rowList, section } from './rows.ts';
import { searchLink } from './search-link.ts';

/** Whether the log and the registry know the same signatures. */
export function trackHeader({ requested, entries, signatures, reconciliation, alarms, problems }: ImageTrack): Markup {
  const { loggedNotInRegistry, inRegistryNotLogged, undecided } = reconciliation;
  const isApart = loggedNotInRegistry.length + inRegistryNotLogged.length > 0;
  const isOpen = problems.length + undecided.length > 0;
  const [style, word] =
    alarms.length > 0
      ? (['rejected', 'A LOG MISBEHAVES'] as const)
      : isApart
        ? (['rejected', 'LOG AND REGISTRY DIFFER'] as const)
        : isOpen
          ? (['indeterminate', 'INCOMPLETE'] as const)
          : (['verified', 'LOG AND REGISTRY AGREE'] as const);
  return html`<h1><span class="verdict ${style}">${word}</span> ${requested}</h1><p>${counted(entries.length, 'log entry', 'log entries')}; ${counted(signatures.length, 'signature or attestation', 'signatures and attestations')} in the registry.</p>`;
}

/** Every log entry about an image, beside what the registry has. */
export function trackSections(track: ImageTrack, most: number): Part {
  const { reference, trust, reconciliation, entries, signatures, alarms, problems, sources, limits } = track;
  const apart = signatures.filter(({ logged }) => logged !== 'yes');
  return [
    section(
      2,
      'The image',
      rowList([
        ['digest', reference],
        ['trust', describeTrust(trust)],
        ...alarms.map(({ code, message }) => ['alarm', `${message} [${code}]`] as const),
        ...problems.map(({ code, message }) => ['problem', `${message} [${code}]`] as const),
      ]),
    ),
    section(
      2,
      'Entries of the log',
      entries.length === 0
        ? html`<p>No entry about the image was found.</p>`
        : firstOf(entries, most, (entry) => entryBlock(entry, markOf(entry.id, reconciliation))),
    ),
    ...(apart.length === 0
      ? []
      : [
          section(
            2,
            'In the registry, and not known to be logged',
            firstOf(
              apart,
              most,
              ({ id, format, logged, problem }) =>
                html`<p><b class="${logged === 'no' ? 'failed' : 'unknown'}">${logged === 'no' ? 'Not logged' : 'Unknown'}</b>: ${format} <code>${id}</code> ${problem}</p>`,
            ),
          ),
        ]),
    askedSection(sources, limits),
  ];
}

function markOf(
  id: string,
  { loggedNotInRegistry, inBoth }: ImageTrack['reconciliation'],
): readonly [style: string, word: string] | undefined {
  if (loggedNotInRegistry.includes(id)) return ['failed', 'Logged, not in the registry'];
  return inBoth.includes(id) ? ['proven', 'In the log and in the registry'] : undefined;
}

function entryBlock(entry: TrackedEntry, mark: readonly [style: string, word: string] | undefined): Markup {
  const { provenance, logIndex, log, kind, role, integratedTime, timestamps, signers, unread, searchUrl, foundBy } =
    entry;
  const time = integratedTime ?? timestamps[0] ?? 'no time';
  return html`<details class="block"><summary>${mark === undefined ? undefined : html`<b class="${mark[0]}">${mark[1]}</b>: `}${time}, entry ${logIndex} of ${log}</summary><div class="in">${rowList(
    [
      ['kind', `${kind}, ${role}`],
      [
        'entry',
        `${provenance.body}; its index ${provenance.logIndex}; its time ${provenance.integratedTime ?? 'none'}`,
      ],
      ...(unread === undefined ? [] : [['unread', unread] as const]),
      ...signers.map((signer) => ['signed by', trackedSignerInWords(signer)] as const),
      ['found by', foundBy.join('; ')],
      ['UUID', entry.uuid],
    ],
  )}${searchUrl === undefined ? undefined : html`<p>${searchLink(searchUrl)}</p>`}</div></details>`;
}

/** Who signed over time. */
export function timelineHeader({ signers, events, problems }: Timeline): Markup {
  return html`<h1>${counted(signers.length, 'signer')}, ${counted(events.length, 'signing')}</h1>${problems.length === 0 ? undefined : html`<p class="unknown">Incomplete: something could not be read, so signings may be missing.</p>`}`;
}

/** Signers, what changed, and every signing of the images of a timeline. */
export function timelineSections(
  { signers, changes, events, problems, trust, sources, limits, leftOut }: Timeline,
  most: number,
): Part {
  return [
    section(
      2,
      'Who signed',
      table(
        ['Signer', 'First', 'Last', 'Times', 'How well it is proven'],
        signers
          .slice(0, most)
          .map(({ signer, firstSeen, lastSeen, count: howOften, strength }) => [
            signer,
            firstSeen ?? 'no time',
            lastSeen ?? 'no time',
            String(howOften),
            strength,
          ]),
      ),
    ),
    section(
      2,
      'What changed',
      table(
        ['Time', 'Change', 'From', 'To'],
        changes.slice(0, most).map(({ at, kind, from, to }) => [at ?? 'no time', kind, from ?? '', to]),
      ),
    ),
    section(
      2,
      'Every signing',
      table(
        ['Time', 'Image', 'Signer', 'Proof'],
        events
          .slice(0, most)
          .map(({ at, reference, signer, strength }) => [at ?? 'no time', reference, signer, strength]),
      ),
    ),
    section(
      2,
      'What it rests on',
      rowList([
        ...trust.map((source) => ['trust', describeTrust(source)] as const),
        ...problems.slice(0, most).map(({ code, message }) => ['problem', `${message} [${code}]`] as const),
        ...(leftOut.length === 0 ? [] : [['left out', `${counted(leftOut.length, 'tag')} over the limit`] as const]),
      ]),
    ),
    askedSection(sources, limits),
  ];
}

function table(names: readonly string[], rows: readonly (readonly string[])[]): Markup {
  if (rows.length === 0) return html`<p>Nothing.</p>`;
  return html`<table><thead><tr>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows.map(
    (cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table>`;
}

function askedSection(sources: readonly TrackSource[], limits: readonly string[]): Markup {
  return section(
    2,
    'What was asked',
    html`${rowList(
      sources
        .slice(0, 100)
        .map(({ source, where, answer, covers, code }) => [
          answer,
          `${source} ${where}: ${covers}${code === undefined ? '' : ` [${code}]`}`,
        ]),
    )}${limits.length === 0 ? undefined : html`<p>What these can’t tell:</p><ul>${limits.map((limit) => html`<li>${limit}</li>`)}</ul>`}`,
  );
}
