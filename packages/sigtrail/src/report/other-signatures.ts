import type { Find } from '@sigtrail/triangulate';

/** A signature of a kind that Sigtrail doesn't verify, by the word of the registry: it counts for no policy, and an image with nothing else is unsigned. */
export interface OtherSignature {
  /** Whose format it is: `Notary Project`; `unknown` where only its type calls it a signature. */
  readonly format: string;
  /** The artifact type, as the registry names it. */
  readonly artifactType: string;
  /** The digest of its manifest. */
  readonly digest: string;
}

const FORMATS: Readonly<Record<string, string>> = {
  'application/vnd.cncf.notary.signature': 'Notary Project',
  'application/vnd.cncf.notary.v2.signature': 'Notary Project',
};

/** What else calls itself a signature among what is attached. Only its listing was read. */
export function otherSignaturesOf(finds: readonly Find[]): { readonly otherSignatures?: readonly OtherSignature[] } {
  const others = finds.flatMap(({ kind, artifactType, manifestDigest }): readonly OtherSignature[] => {
    if (kind !== 'unknown-referrer' || artifactType === undefined) return [];
    const known = Object.hasOwn(FORMATS, artifactType) ? FORMATS[artifactType] : undefined;
    if (known === undefined && !/signature/i.test(artifactType)) return [];
    return [{ format: known ?? 'unknown', artifactType, digest: manifestDigest }];
  });
  // A manifest with several layers is found once for each.
  const once = others.filter(({ digest }, index) => others.findIndex((one) => one.digest === digest) === index);
  return once.length === 0 ? {} : { otherSignatures: once };
}

/** The same in a sentence: `a signature of Notary Project`. Nothing for none. */
export function describeOthers(others: readonly OtherSignature[] = []): string | undefined {
  if (others.length === 0) return undefined;
  const names = [
    ...new Set(others.map(({ format, artifactType }) => (format === 'unknown' ? `type ${artifactType}` : format))),
  ];
  return `${others.length === 1 ? 'a signature' : `${others.length} signatures`} of ${names.join(' and ')}, which Sigtrail does not verify`;
}
