export { safeText } from './safe-text.ts';
export { toCosignJson } from './to-cosign-json.ts';
export { checkToText, inspectionToText, toText } from './to-text.ts';
