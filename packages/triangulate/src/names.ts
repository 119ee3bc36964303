// Names that follow from a digest, and questions to a graph: this entry loads nothing that can open a connection.
export { fallbackTag } from 'oci-client-lite/names';
export type { Digest } from 'oci-client-lite/names';
export { dependentSteps, findsOf, gapsOf, isAbsent } from './graph.ts';
export type { Gap } from './graph.ts';
export { parseImageLocator } from './locator.ts';
export type { ImageLocator } from './locator.ts';
export type { Wanted } from './options.ts';
export { formatPlatform, parsePlatform } from 'oci-client-lite/names';
export type { PlatformName } from 'oci-client-lite/names';
export { attestationTag, sbomTag, signatureTag } from './tags.ts';
export { LocationSchema, TriangulationSchema } from './triangulation-schema.ts';
export type { FailureCode } from './failure.ts';
export type { Find, FindKind, Location, ManifestNode, TranscriptStep, Triangulation } from './triangulation.ts';
