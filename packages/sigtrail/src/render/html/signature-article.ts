import type { AcceptedSignature } from '../../report/report.ts';
import { claimsTable } from './claims.ts';
import { logRecord } from './log-record.ts';
import { html, type Markup } from './markup.ts';
import { type Level, subtitle } from './rows.ts';
import { timeline } from './timeline.ts';

/** One accepted signature: why it counts, where it is on record, and what its certificate says. */
export function signatureArticle(signature: AcceptedSignature, now: string, level: Level, isFirst: boolean): Markup {
  const { signer, log, times } = signature;
  const validity =
    signer.kind === 'certificate' ? { notBefore: signer.notBefore, notAfter: signer.notAfter } : undefined;
  return html`${subtitle(level, 'Why it counts: the times')}${timeline({ ...(validity === undefined ? {} : { validity }), times, now, word: 'counts' })}
${subtitle(level, 'On record')}${log.length === 0 ? html`<p>It is in no transparency log.</p>` : log.slice(0, 4).map((entry) => logRecord(entry, signature, isFirst))}
${subtitle(level, signer.kind === 'key' ? 'The key' : 'Certificate claims')}${claimsTable(signer)}`;
}
