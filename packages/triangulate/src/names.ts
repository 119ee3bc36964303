// Names that follow from a digest: this entry loads nothing that can open a connection.
export { fallbackTag } from 'oci-client-lite/names';
export { parseImageLocator } from './locator.ts';
export type { ImageLocator } from './locator.ts';
export { parsePlatform } from './platform.ts';
export { attestationTag, sbomTag, signatureTag } from './tags.ts';
