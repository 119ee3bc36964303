import { shownText } from '../safe-text.ts';

const brand: unique symbol = Symbol('markup');

/** HTML that {@link html} made: nothing else goes into a page unescaped. */
export interface Markup {
  readonly [brand]: string;
}

/** A value in a template: text and numbers are escaped, and `undefined` shows nothing. */
export type Part = string | number | Markup | undefined | readonly Part[];

/**
 * Builds HTML. Everything that is put in is text of strangers, escaped for element content and for attributes in double quotes, with control
 * and bidirectional characters made visible; only what this tag itself made stays markup. Put nothing into an attribute without quotes, a
 * `<style>`, or a `href` (that is {@link searchLink}'s).
 */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { [brand]: template.reduce((before, text, index) => before + write(parts[index - 1]) + text) };
}

/** The one element whose content is not escaped, for a style that is ours. */
export function styleElement(css: string): Markup {
  return { [brand]: `<style>${css}</style>` };
}

/** The HTML itself, for a finished page. */
export function toSource(markup: Markup): string {
  return markup[brand];
}

/** Several parts with a separator between them. */
export function joined(parts: readonly Part[], between: Markup): readonly Part[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [between, part]));
}

function write(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'string') return escapeText(part);
  if (typeof part === 'number') return String(part);
  return isMarkup(part) ? part[brand] : part.map(write).join('');
}

function isMarkup(part: Markup | readonly Part[]): part is Markup {
  return brand in part;
}

function escapeText(text: string): string {
  return shownText(text).replaceAll(/[&<>"'`]/g, (character) => ENTITIES[character] ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};
