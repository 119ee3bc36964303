import type { Row } from '../row.ts';
import { html, joined, type Markup, type Part } from './markup.ts';

/** Names and the text under each; a row without a name continues the row before it. */
export function rowList(rows: readonly Row[], write: (text: string) => Part = (text) => text): Markup {
  const groups: { readonly name: string; readonly texts: Part[] }[] = [];
  for (const [name, text] of rows) {
    const last = groups.at(-1);
    if (name === '' && last !== undefined) last.texts.push(write(text));
    else groups.push({ name, texts: [write(text)] });
  }
  if (groups.length === 0) return html``;
  return html`<dl class="rows">${groups.map(({ name, texts }) => html`<dt>${name}</dt><dd>${joined(texts, html`<br>`)}</dd>`)}</dl>`;
}

/** The first of many, and how many were left out. */
export function firstOf<T>(all: readonly T[], most: number, write: (one: T, index: number) => Part): Part {
  const left = all.length - most;
  return [
    all.slice(0, most).map(write),
    ...(left > 0 ? [html`<p class="soft">${left} more: the JSON report has them.</p>`] : []),
  ];
}

/** The level of a heading: a page is about one image, or many. */
export type Level = 2 | 3;

/** A part of a page with its title. */
export function section(level: Level, title: string, content: Part): Markup {
  return html`<section class="card">${level === 2 ? html`<h2>${title}</h2>` : html`<h3>${title}</h3>`}${content}</section>`;
}

/** A title inside a section. */
export function subtitle(level: Level, title: string): Markup {
  return level === 2 ? html`<h3>${title}</h3>` : html`<h4>${title}</h4>`;
}
