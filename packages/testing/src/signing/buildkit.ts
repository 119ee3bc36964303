import { requireList, requireText } from '@sigtrail/encoding';
import { descriptorOf, manifestOf, type ManifestPart } from '../registry/manifest-of.ts';
import { MEDIA_TYPE } from '../registry/media-type.ts';
import type { ContentDescriptor } from '../registry/stored-manifest.ts';
import type { JsonObject } from '../sigstore/canonical-json.ts';
import { statementBytes } from '../sigstore/statement.ts';

const SLSA = 'https://slsa.dev/provenance/v1';
const SPDX = 'https://spdx.dev/Document';

const PREDICATES: Readonly<Record<string, JsonObject>> = {
  [SLSA]: {
    buildDefinition: { buildType: 'https://mobyproject.org/buildkit@v1', externalParameters: {} },
    runDetails: { builder: { id: 'https://github.com/docker/github-builder' } },
  },
  [SPDX]: { spdxVersion: 'SPDX-2.3', SPDXID: 'SPDXRef-DOCUMENT', name: 'app', packages: [] },
};

/** What BuildKit says of an image, one in-toto layer for each predicate type: by default its provenance and its SBOM. Nothing of it is signed. */
export function buildkitStatements(
  imageDigest: string,
  predicateTypes: readonly string[] = [SLSA, SPDX],
): readonly ManifestPart[] {
  requireText(imageDigest, 'buildkitStatements', 'imageDigest');
  requireList(predicateTypes, 'buildkitStatements', 'predicateTypes');
  return predicateTypes.map((predicateType) => ({
    bytes: statementBytes({
      imageDigest,
      name: 'pkg:docker/acme/app@v1',
      predicateType,
      predicate: PREDICATES[predicateType] ?? {},
      statementType: 'https://in-toto.io/Statement/v0.1',
    }),
    mediaType: 'application/vnd.in-toto+json',
    annotations: { 'in-toto.io/predicate-type': predicateType },
  }));
}

/** An attestation manifest: its bytes, the blobs to push before it, and how the index of the image lists it. */
export interface AttestationManifest {
  readonly bytes: Buffer;
  readonly blobs: readonly Uint8Array[];
  readonly entry: ContentDescriptor;
}

/** The manifest beside an image in which BuildKit keeps its statements: Docker signs this one, not the image. */
export function attestationManifest(
  imageDigest: string,
  layers: readonly ManifestPart[] = buildkitStatements(imageDigest),
): AttestationManifest {
  requireText(imageDigest, 'attestationManifest', 'imageDigest');
  requireList(layers, 'attestationManifest', 'layers');
  const config = { bytes: Buffer.from('{"architecture":"unknown","os":"unknown"}'), mediaType: MEDIA_TYPE.config };
  const bytes = manifestOf(config, layers);
  const annotations = { [REFERENCE_TYPE]: ATTESTATION, 'vnd.docker.reference.digest': imageDigest };
  return {
    bytes,
    blobs: [config, ...layers].map((part) => part.bytes),
    entry: {
      ...descriptorOf({ bytes, mediaType: MEDIA_TYPE.manifest, annotations }),
      platform: { os: 'unknown', architecture: 'unknown' },
    },
  };
}

const REFERENCE_TYPE = 'vnd.docker.reference.type';
const ATTESTATION = 'attestation-manifest';

/** Whether an index lists this as an attestation manifest. */
export const isAttestationManifest = ({ annotations = {} }: ContentDescriptor): boolean =>
  annotations[REFERENCE_TYPE] === ATTESTATION;
