import { requireList } from '@sigtrail/encoding';
import { createHash } from 'node:crypto';
import { markTrustedRoot, PROFILED_MEDIA_TYPE, type TrustedRoot } from './trusted-root.ts';

/**
 * Combines roots into one that trusts whatever any of them trusts. A certificate keeps the profile of its own authority, so adding
 * GitHub's root to the public-good root lowers nothing for the latter.
 */
export function combineRoots(roots: readonly TrustedRoot[]): TrustedRoot {
  requireList(roots, 'combineRoots', 'roots');
  const documents = roots.map(profiledDocument);
  const json = JSON.stringify({
    mediaType: PROFILED_MEDIA_TYPE,
    tlogs: documents.flatMap(({ tlogs = [] }) => tlogs),
    certificateAuthorities: documents.flatMap(({ certificateAuthorities = [] }) => certificateAuthorities),
    ctlogs: documents.flatMap(({ ctlogs = [] }) => ctlogs),
    timestampAuthorities: documents.flatMap(({ timestampAuthorities = [] }) => timestampAuthorities),
  });
  return markTrustedRoot({
    certificateAuthorities: roots.flatMap(({ certificateAuthorities }) => certificateAuthorities),
    timestampAuthorities: roots.flatMap(({ timestampAuthorities }) => timestampAuthorities),
    transparencyLogs: roots.flatMap(({ transparencyLogs }) => transparencyLogs),
    certificateTransparencyLogs: roots.flatMap(({ certificateTransparencyLogs }) => certificateTransparencyLogs),
    digest: `sha256:${createHash('sha256').update(json).digest('hex')}`,
    json,
    original: json,
    documents: roots.flatMap(({ documents: sources }) => sources),
  });
}

type Document = Readonly<
  Partial<Record<'tlogs' | 'ctlogs' | 'certificateAuthorities' | 'timestampAuthorities', readonly object[]>>
>;

/** The document of a root, with the profile of each certificate authority written into it. */
function profiledDocument({ json, certificateAuthorities }: TrustedRoot): Document {
  // It was validated when the root was parsed.
  const document = JSON.parse(json) as Document;
  return {
    ...document,
    certificateAuthorities: (document.certificateAuthorities ?? []).map((authority, index) => ({
      ...authority,
      profile: certificateAuthorities[index]?.profile ?? 'fulcio',
      relax: certificateAuthorities[index]?.relax ?? [],
    })),
  };
}
