import { html, type Part, styleElement, toSource } from './markup.ts';
import { STYLE, styleHash } from './style.ts';

/** The parts of a page. */
export interface Page {
  readonly title: string;
  /** The landmark at the top: what was found. */
  readonly header: Part;
  readonly main: Part;
  readonly footer: Part;
}

/**
 * A whole document that stands alone. Its policy lets nothing run and nothing load: even markup that got through by mistake could neither
 * make a request nor change how the page looks.
 */
export function toPage({ title, header, main, footer }: Page): string {
  return toSource(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${styleHash()}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${styleElement(STYLE)}
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>${header}</header>
<main id="content">${main}</main>
<footer>${footer}</footer>
</body>
</html>
`);
}
