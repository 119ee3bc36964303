export {
  dependentSteps,
  findsOf,
  gapsOf,
  isAbsent,
  parsePlatform,
  TriangulationSchema,
} from '@sigtrail/triangulate/names';
export type {
  AttachmentOptions,
  AttachmentType,
  Find,
  FindKind,
  Location,
  ManifestNode,
  TranscriptLook,
  TriangulateOptions,
  Triangulated,
  Triangulation,
} from '@sigtrail/triangulate';
export { nameAttachment, triangulateImage } from './triangulate-image.ts';
