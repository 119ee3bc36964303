import type { Find } from '@sigtrail/triangulate';

/** A signature, according to the registry, of a kind that Sigtrail doesn't verify. It counts for no policy, and an image that has nothing else is unsigned. */
export interface OtherSignature {
  /** Whose format it is: `Notary Project`; `unknown` if only its type calls it a signature. */
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

/** The attachments that call themselves signatures, but of other kinds. Only their listing was read. */
export function otherSignaturesOf(finds: readonly Find[]): { readonly otherSignatures?: readonly OtherSignature[] } {
  const others = finds.flatMap(({ kind, artifactType, manifestDigest }): readonly OtherSignature[] => {
    if (kind !== 'unknown-referrer' || artifactType === undefined) return [];
    const format = Object.hasOwn(FORMATS, artifactType) ? FORMATS[artifactType] : undefined;
    if (format === undefined && !/signature/i.test(artifactType)) return [];
    return [{ format: format ?? 'unknown', artifactType, digest: manifestDigest }];
  });
  // A manifest with several layers is a find for each of them.
  const once = others.filter(({ digest }, index) => others.findIndex((one) => one.digest === digest) === index);
  return once.length === 0 ? {} : { otherSignatures: once };
}

/** The same in a sentence: `a signature of Notary Project`. `undefined` if there are none. */
export function describeOthers(others: readonly OtherSignature[] = []): string | undefined {
  if (others.length === 0) return undefined;
  const names = [
    ...new Set(others.map(({ format, artifactType }) => (format === 'unknown' ? `type ${artifactType}` : format))),
  ];
  return `${others.length === 1 ? 'a signature' : `${others.length} signatures`} of ${names.join(' and ')}, which Sigtrail does not verify`;
}
