export { fallbackTag } from 'oci-client-lite';
export { parseImageLocator } from './locator.ts';
export type { ImageLocator } from './locator.ts';
export type { TriangulateOptions, Wanted } from './options.ts';
export { attestationTag, sbomTag, signatureTag } from './tags.ts';
export { triangulate } from './triangulate.ts';
export { TriangulationSchema } from './triangulation-schema.ts';
export type { Find, FindKind, Location, Triangulated, Triangulation } from './triangulation.ts';
