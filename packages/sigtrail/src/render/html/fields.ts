import { html, type Markup } from './markup.ts';
import { searchLink } from './search-link.ts';

/** Who vouches for a value. */
export type Mark = 'proven' | 'asserted' | 'signer' | 'unproven';

/** One value of a log entry or a certificate, as the search page shows it, and who vouches for it. */
export interface Field {
  readonly name: string;
  readonly value: string;
  readonly mark: Mark;
  readonly link?: string;
}

const WORDS: Readonly<Record<Mark, string>> = {
  proven: 'proven here',
  asserted: 'said by the log',
  signer: 'said by the signer',
  unproven: 'not proven',
};

/** Fields in a table. */
export function fieldTable(caption: string, fields: readonly Field[]): Markup {
  return html`<table class="fields"><caption>${caption}</caption><thead><tr><th scope="col">Field</th><th scope="col">Value</th><th scope="col">Whose word</th></tr></thead><tbody>${fields
    .slice(0, MOST)
    .map(
      ({ name, value, mark, link }) =>
        html`<tr><th scope="row">${name}</th><td>${link === undefined ? value : searchLink(link, value)}</td><td>${markTag(mark)}</td></tr>`,
    )}</tbody></table>${fields.length > MOST ? html`<p class="soft">${fields.length - MOST} more: the JSON has them.</p>` : undefined}`;
}

// A certificate has about thirty.
const MOST = 80;

function markTag(mark: Mark): Markup {
  return html`<span class="tag ${mark}">${WORDS[mark]}</span>`;
}

/** What the marks mean. */
export function marksLegend(): Markup {
  return html`<p class="soft">${markTag('proven')} follows from signatures and hashes that were checked here. ${markTag('asserted')} signed by the log, with nothing else behind it. ${markTag('signer')} signed by the signer, who may say anything. ${markTag('unproven')} no signature covers it.</p>`;
}
