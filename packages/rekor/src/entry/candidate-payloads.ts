import { requireText } from '@sigtrail/encoding';
/** Bytes that cosign signs for an image. */
export interface CandidatePayload {
  /** `simple-signing`: cosign 1 and 2, signed as it is. `statement`: cosign 3, signed as the payload of a DSSE envelope of in-toto's type. */
  readonly kind: 'simple-signing' | 'statement';
  readonly bytes: Uint8Array;
}

/**
 * What cosign signs for an image by default, byte for byte. It recognises an entry by its digest even where the registry has lost the
 * signature any more. Annotations (`-a`) and predicates change the bytes: a match says something, no match says nothing.
 *
 * @param digest - `sha256:…` of the manifest
 * @param repository - `registry/repository`; without it, only statements, which don't name it
 */
export function candidatePayloads(digest: string, repository?: string): readonly CandidatePayload[] {
  requireText(digest, 'candidatePayloads', 'digest');
  if (repository !== undefined) requireText(repository, 'candidatePayloads', 'repository');
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  return [
    ...(repository === undefined ? [] : spellings(repository)).map(
      (name) => ({ kind: 'simple-signing', bytes: encode(classicPayload(digest, name)) }) as const,
    ),
    ...cosignStatements(digest).map((text) => ({ kind: 'statement', bytes: encode(text) }) as const),
  ];
}

/** cosign 1 and 2 (`SIGNATURE_SPEC.md`), without annotations. */
function classicPayload(digest: string, repository: string): string {
  return JSON.stringify({
    critical: {
      identity: { 'docker-reference': repository },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: null,
  });
}

/** cosign 3.0 leaves the predicate out; later versions write an empty predicate, and annotations of the subject. */
function cosignStatements(digest: string): readonly string[] {
  const [algorithm = '', hex = ''] = digest.split(':');
  const head = { _type: 'https://in-toto.io/Statement/v1' };
  const predicateType = 'https://sigstore.dev/cosign/sign/v1';
  const subject = [{ digest: { [algorithm]: hex } }];
  const annotated = [{ digest: { [algorithm]: hex }, annotations: {} }];
  return [
    { ...head, subject, predicateType },
    { ...head, subject, predicateType, predicate: {} },
    { ...head, subject: annotated, predicateType, predicate: {} },
  ].map((statement) => JSON.stringify(statement));
}

/** Docker Hub has three names; go-containerregistry, which cosign uses, writes `index.docker.io`. */
function spellings(repository: string): readonly string[] {
  const hub = /^(?:index\.docker\.io|docker\.io|registry-1\.docker\.io)\/(.+)$/.exec(repository)?.[1];
  return hub === undefined ? [repository] : [`index.docker.io/${hub}`, `docker.io/${hub}`, hub];
}
