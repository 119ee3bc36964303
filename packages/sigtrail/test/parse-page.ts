import { type DefaultTreeAdapterTypes, parse, serialize } from 'parse5';

/** An element of a page: its name, attributes and text. */
export interface PageElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A page as a browser's parser reads it. */
export interface ParsedPage {
  readonly elements: readonly PageElement[];
  /** What is wrong with it as a document. */
  readonly errors: readonly string[];
  readonly text: string;
}

/** Reads a page by the parser of the HTML standard. Tags that the parser moved, closed or added are errors, too: the page is not what it says. */
export function parsePage(source: string): ParsedPage {
  const errors: string[] = [];
  const document = parse(source, {
    onParseError: ({ code, startLine, startCol }) => {
      errors.push(`${code} at ${startLine}:${startCol}`);
    },
  });
  const [written, read] = [tagsOf(source), tagsOf(serialize(document))];
  const at = written.findIndex((tag, index) => tag !== read[index]);
  if (at >= 0) errors.push(`tag ${at} is <${written[at] ?? ''}>, and is read as <${read[at] ?? ''}>`);
  return { elements: elementsOf(document), errors, text: textOf(document) };
}

type Node = DefaultTreeAdapterTypes.Node;

function elementsOf(node: Node): readonly PageElement[] {
  const inner = 'childNodes' in node ? node.childNodes.flatMap(elementsOf) : [];
  if (!('tagName' in node)) return inner;
  const attributes = Object.fromEntries(node.attrs.map(({ name, value }) => [name, value]));
  return [{ name: node.tagName, attributes, text: textOf(node) }, ...inner];
}

function textOf(node: Node): string {
  if ('value' in node) return node.value;
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
}

const VOID: ReadonlySet<string> = new Set(['meta', 'br']);

/** Opening and closing tags in order; `<line/>` is both. */
function tagsOf(source: string): readonly string[] {
  return [...source.matchAll(/<(\/?)([a-zA-Z][a-zA-Z0-9]*)[^>]*?(\/?)>/g)].flatMap(([, close, name = '', self]) =>
    self === '/' && !VOID.has(name) ? [name, `/${name}`] : [`${close ?? ''}${name}`],
  );
}
