import { requireObject, requireText } from '@sigtrail/encoding';
import { putBlob, putManifest, type RepositoryContent } from './content.ts';
import type { ContentDigest } from './digest.ts';
import { EMPTY_CONFIG, manifestOf, type ManifestPart } from './manifest-of.ts';
import { MEDIA_TYPE } from './media-type.ts';

/** An artifact to hang on an image. */
export interface NewReferrer {
  readonly artifactType: string;
  readonly layers: readonly ManifestPart[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** The media type it says its subject has; default: that of the stored subject, else an OCI image manifest. */
  readonly subjectMediaType?: string;
}

/**
 * Pushes an artifact with a `subject`, blobs and all, as `oras attach` and cosign do. The subject need not exist
 * (distribution-spec §pushing-manifests-with-subject).
 */
export function attachReferrer(content: RepositoryContent, subject: string, referrer: NewReferrer): ContentDigest {
  requireText(subject, 'registry.attachReferrer', 'subject');
  requireObject(referrer, 'registry.attachReferrer', 'referrer', ['artifactType', 'layers']);
  const { artifactType, layers, annotations, subjectMediaType } = referrer;
  const stored = content.manifests.get(subject);
  for (const { bytes } of [EMPTY_CONFIG, ...layers]) putBlob(content, bytes);
  const manifest = manifestOf(EMPTY_CONFIG, layers, annotations, {
    artifactType,
    subject: {
      mediaType: subjectMediaType ?? stored?.mediaType ?? MEDIA_TYPE.manifest,
      digest: subject,
      size: stored?.bytes.length ?? 0,
    },
  });
  return putManifest(content, manifest, MEDIA_TYPE.manifest);
}
