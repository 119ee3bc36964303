export type { Descriptor, ImageManifest, ReadOptions } from 'oci-client-lite';
export { fallbackTag } from 'oci-client-lite/names';
export type { Digest } from 'oci-client-lite/names';
export { attestationManifestsOf, statementsOf } from './attestation-manifest.ts';
export { attachmentName } from './attachment-name.ts';
export type { AttachmentOptions, AttachmentType } from './attachment-name.ts';
export { dependentSteps, findsOf, gapsOf, isAbsent } from './graph.ts';
export type { Gap } from './graph.ts';
export { parseImageLocator } from './locator.ts';
export type { ImageLocator } from './locator.ts';
export type { RepositoriesByKind, RepositoryElsewhere, TriangulateOptions, Wanted } from './options.ts';
export { formatPlatform, parsePlatform } from 'oci-client-lite/names';
export type { PlatformName } from 'oci-client-lite/names';
export { attestationTag, sbomTag, signatureTag } from './tags.ts';
export { triangulate } from './triangulate.ts';
export { LocationSchema, TriangulationSchema } from './triangulation-schema.ts';
export type {
  Find,
  FindKind,
  Location,
  ManifestNode,
  TranscriptStep,
  Triangulated,
  Triangulation,
} from './triangulation.ts';
