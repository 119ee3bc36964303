import { html, type Markup, type Part } from './markup.ts';

/** A link to the entry's page on search.sigstore.dev. An address of any other form is shown as text, so that a report never links to a place that a stranger chose. */
export function searchLink(address: string, text: Part = address): Markup {
  if (!/^https:\/\/search\.sigstore\.dev\/\?logIndex=\d{1,16}$/.test(address)) return html`${address}`;
  return html`<a href="${address}" rel="noreferrer">${text}</a>`;
}
