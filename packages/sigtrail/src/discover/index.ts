export {
  dependentSteps,
  findsOf,
  gapsOf,
  isAbsent,
  parseImageLocator,
  parsePlatform,
  TriangulationSchema,
} from '@sigtrail/triangulate/names';
export type {
  AttachmentOptions,
  AttachmentType,
  Find,
  FindKind,
  ImageLocator,
  Location,
  ManifestNode,
  TranscriptStep,
  Triangulated,
  TriangulateOptions,
  Triangulation,
} from '@sigtrail/triangulate';
export { nameAttachment, triangulateImage } from './triangulate-image.ts';
