import type { BundledPackage } from '../third-party.ts';
import { LIBRARIES, NODE, type ImageInput } from './inputs.ts';

/** What the image is made of, as SPDX 2.3. The same image gives the same bytes. */
export function billOfMaterials(
  version: string,
  revision: string,
  created: string,
  bundled: readonly BundledPackage[],
): string {
  const packages = [
    entry('sigtrail-admission', version, 'Apache-2.0', `pkg:npm/%40sigtrail/admission@${version}`),
    ...[NODE, ...LIBRARIES].map((input) => ({
      ...entry(input.name, input.version, 'NOASSERTION', addressOf(input)),
      checksums: [{ algorithm: 'SHA256', checksumValue: input.sha256 }],
    })),
    ...bundled.map((one) =>
      entry(one.name, one.version, one.licence, `pkg:npm/${one.name.replace('@', '%40')}@${one.version}`),
    ),
  ];
  const [image, ...parts] = packages;
  const relationships = [
    { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: image?.SPDXID },
    ...parts.map(({ SPDXID }) => ({
      spdxElementId: image?.SPDXID,
      relationshipType: 'CONTAINS',
      relatedSpdxElement: SPDXID,
    })),
  ];
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: 'sigtrail-admission',
    documentNamespace: `https://github.com/sigtrail/sigtrail/sbom/admission/${version}/${revision}`,
    creationInfo: { created, creators: ['Tool: sigtrail-image'] },
    packages,
    relationships,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function entry(name: string, versionInfo: string, licenseDeclared: string, referenceLocator: string) {
  return {
    SPDXID: `SPDXRef-${`${name}-${versionInfo}`.replaceAll(/[^A-Za-z0-9.-]/g, '-')}`,
    name,
    versionInfo,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared,
    copyrightText: 'NOASSERTION',
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator }],
  };
}

function addressOf({ source, name, version }: ImageInput): string {
  if (source === 'npm') return `pkg:npm/${name}@${version}`;
  return `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=amd64&distro=debian-12`;
}
