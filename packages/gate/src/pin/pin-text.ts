import { requireList, requireText } from '@sigtrail/encoding';
import { GateError } from '../error.ts';
import type { NamedImage, UnpinnableCode } from '../find/found-image.ts';

/** An image and the digest that was verified for it in this run; none where it was not. */
export interface PinRequest {
  readonly image: NamedImage;
  readonly digest: string | undefined;
  /** It was verified for some platforms, and no digest stands for just these. */
  readonly isForSomePlatforms?: boolean;
}

/** Why a place is not pinned. */
export interface NotPinned {
  readonly image: NamedImage;
  readonly code: UnpinnableCode | 'not-verified' | 'other-platforms';
}

/** A text with its images pinned. */
export interface PinnedText {
  readonly text: string;
  readonly pinned: readonly PinRequest[];
  /** Names its digest already. */
  readonly already: readonly NamedImage[];
  readonly refused: readonly NotPinned[];
}

/**
 * Writes `name:tag@sha256:…` where an image is named, and changes no other byte. What was not verified is never pinned; neither is what is put together
 * from variables, or not written as one piece of text.
 *
 * @throws GateError `pin-mismatch` where a reference names another digest than the one that was verified
 */
export function pinText(text: string, requests: readonly PinRequest[]): PinnedText {
  requireText(text, 'pinText', 'text');
  requireList(requests, 'pinText', 'requests');
  const pinned: PinRequest[] = [];
  const already: NamedImage[] = [];
  const refused: NotPinned[] = [];
  for (const request of requests) {
    const { image, digest } = request;
    if (digest === undefined)
      refused.push({ image, code: request.isForSomePlatforms === true ? 'other-platforms' : 'not-verified' });
    else if (image.reference.digest !== undefined) already.push(sameDigest(image, digest));
    else if (image.unpinnable !== undefined) refused.push({ image, code: image.unpinnable });
    else pinned.push(request);
  }
  return { text: withPins(text, pinned), pinned, already, refused };
}

function withPins(text: string, pinned: readonly PinRequest[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { image, digest } of pinned.toSorted((left, right) => left.image.offsets.end - right.image.offsets.end)) {
    const { start, end } = image.offsets;
    if (text.slice(start, end) !== image.named || start < from)
      throw new GateError('changed-meanwhile', `${image.named} is not written there any more`, {
        file: image.file,
        position: image,
      });
    parts.push(text.slice(from, end), pinOf(image, digest ?? ''));
    from = end;
  }
  return [...parts, text.slice(from)].join('');
}

/** A tag that was filled in is written, so that what updates images still knows which one to follow. */
function pinOf({ reference, named }: NamedImage, digest: string): string {
  const hasTag = reference.tag !== undefined && named.endsWith(`:${reference.tag}`);
  return `${hasTag ? '' : `:${reference.tag ?? 'latest'}`}@${digest}`;
}

function sameDigest(image: NamedImage, digest: string): NamedImage {
  if (image.reference.digest === digest) return image;
  throw new GateError(
    'pin-mismatch',
    `${image.named} names another digest than the one that was verified (${digest})`,
    {
      file: image.file,
      position: image,
    },
  );
}
