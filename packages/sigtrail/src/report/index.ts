export { safeText } from './safe-text.ts';
export { toCosignTree } from './to-cosign-tree.ts';
export { toCosignJson } from './to-cosign-json.ts';
export { checkToText, inspectionToText, toText } from './to-text.ts';
export { triangulationToText } from './triangulation-to-text.ts';
