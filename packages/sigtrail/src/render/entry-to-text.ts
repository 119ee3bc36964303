import { requireObject } from '@sigtrail/encoding';
import type { EntryField, EntryView } from './describe-entry.ts';
import { safeText } from './safe-text.ts';

const MARKS = { proven: '✓', asserted: '~', unproven: '?' } as const;

/** The legend of the marks, for the end of a page. */
export const MARKS_LEGEND =
  '✓ proven by signed hashes   ~ asserted: signed by the log, without other proof   ? unproven: no signature covers it';

/** An entry as a page of text: every value with its mark, text of strangers escaped. */
export function entryToText(view: EntryView): string {
  requireObject(view, 'entryToText', 'view', ['url', 'fields', 'checks']);
  const lines = [
    `entry of ${safeText(view.url)} (Rekor v${view.version})`,
    ...view.fields.map(line),
    ...(view.unread === undefined ? [] : [`  can’t be read: ${safeText(view.unread)}`]),
    ...view.signers.flatMap(({ fields }, index) => [`signer ${index + 1}`, ...fields.map(line)]),
    ...(view.attestation === undefined
      ? []
      : [`attestation ${MARKS[view.attestation.provenance]}`, ...json(view.attestation.value)]),
    'body',
    ...json(view.body),
    'checks',
    ...view.checks.map(
      ({ check, status, code, message }) =>
        `  ${{ passed: '✓', failed: '✗', skipped: '–' }[status]} ${check}${code === undefined ? '' : `: ${safeText(code)}`}  ${safeText(message)}`,
    ),
    MARKS_LEGEND,
  ];
  return `${lines.map(safeText).join('\n')}\n`;
}

/** An entry on one line: index, time, kind, digest, who. */
export function entryToLine(view: EntryView): string {
  requireObject(view, 'entryToLine', 'view', ['fields']);
  const value = (name: string): string => {
    const field = view.fields.find((one) => one.name === name);
    return field === undefined ? '-' : `${MARKS[field.provenance]}${safeText(field.value)}`;
  };
  const who = view.signers.map(({ signer: { subjectAlternativeNames, fingerprint, identity } }) => {
    const names = subjectAlternativeNames.map(({ value: name }) => safeText(name)).join(', ');
    return `${identity === 'proven' ? MARKS.proven : MARKS.unproven}${names || fingerprint}`;
  });
  if (view.unread !== undefined) who.push('can’t be read');
  return `${value('Log index')}  ${value('Integrated time')}  ${value('Type')}  ${value('Hash')}  ${who.join('; ')}  ${value('Entry UUID')}`;
}

function line({ name, value, provenance, link }: EntryField): string {
  return `  ${MARKS[provenance]} ${safeText(name).padEnd(20)} ${safeText(value)}${link === undefined ? '' : `  ${link}`}`;
}

function json(value: unknown): readonly string[] {
  return JSON.stringify(value, undefined, 2)
    .split('\n')
    .map((text) => `  ${safeText(text)}`);
}
