import { requireObject } from '@sigtrail/encoding';
import type { Find, FindKind, Triangulation } from '@sigtrail/triangulate';
import { safeText } from './safe-text.ts';

/** The headings of `cosign tree`, in the order in which we print them; cosign's own changes from run to run. */
const tagged: readonly (readonly [FindKind, string])[] = [
  ['cosign-signature', '🔐 Signatures'],
  ['cosign-attestation', '💾 Attestations'],
  ['cosign-sbom', '📦 SBOMs'],
];

/**
 * What `cosign tree` prints about an image, always in the same order. It includes what cosign leaves out: referrers without a type, and
 * everything that the fallback tag doesn't describe.
 */
export function toCosignTree(graph: Triangulation): string {
  requireObject(graph, 'toCosignTree', 'graph', ['reference', 'finds']);
  const { reference } = graph;
  const own = graph.finds.filter(({ signs, carrier }) => signs === graph.digest && carrier !== 'index');
  const head = `📦 Supply Chain Security Related artifacts for an image: ${safeText(reference)}\n`;
  const tags = tagged.flatMap(([kind, heading]) => {
    const finds = own.filter((find) => find.kind === kind && find.tag !== undefined);
    const [first] = finds;
    return first === undefined
      ? []
      : [`└── ${heading} for an image tag: ${safeText(`${first.repository}:${first.tag ?? ''}`)}\n${layersOf(finds)}`];
  });
  const referrers = own.filter(({ tag }) => tag === undefined);
  const others = [...new Set(referrers.map(({ manifestDigest }) => manifestDigest))].map((digest) => {
    const finds = referrers.filter(({ manifestDigest }) => manifestDigest === digest);
    return `└── 🔗 ${safeText(typeOf(finds))} artifacts via OCI referrer: ${safeText(finds[0]?.repository ?? '')}@${digest}\n${layersOf(finds)}`;
  });
  const lines = [...tags, ...others];
  return lines.length === 0
    ? `${head}No Supply Chain Security Related Artifacts found for image ${safeText(reference)},\n start creating one with simply running$ cosign sign <img>\n`
    : `${head}${lines.join('')}`;
}

/** cosign prefers the annotation with the predicate type of a bundle. */
function typeOf(finds: readonly Find[]): string {
  const [first] = finds;
  return first?.unsignedManifestAnnotations['dev.sigstore.bundle.predicateType'] ?? first?.artifactType ?? 'unknown';
}

function layersOf(finds: readonly Find[]): string {
  const digests = finds.flatMap(({ layer }) => (layer === undefined ? [] : [layer.digest]));
  return digests.map((digest, at) => `   ${at === digests.length - 1 ? '└' : '├'}── 🍒 ${digest}\n`).join('');
}
