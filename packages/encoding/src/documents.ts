// The parts of documents, for their readers. An entry of its own, so that it doesn't load with every package.
import './require-runtime.ts';

export { decodeBase64At, formatMemberPath, readTimeRange } from './document-parts.ts';
export type { DocumentFault } from './document-parts.ts';
export { splitJsonLines } from './json-lines.ts';
