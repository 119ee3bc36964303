export { describeEntry } from './describe-entry.ts';
export type { EntryField, EntryView } from './describe-entry.ts';
export { entryToLine, entryToText } from './entry-to-text.ts';
export { timelineToText, trackToText } from './track-to-text.ts';
export { safeText } from './safe-text.ts';
export { toCosignTree } from './to-cosign-tree.ts';
export { toCosignJson } from './to-cosign-json.ts';
export { checkToText, inspectionToText, toText } from './to-text.ts';
export { triangulationToText } from './triangulation-to-text.ts';
