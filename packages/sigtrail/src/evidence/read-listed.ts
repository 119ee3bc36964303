import { type Find, type ManifestNode, statementsOf, type Triangulated } from '@sigtrail/triangulate';
import { type Descriptor, formatPlatform, isOciError, parseManifest } from 'oci-client-lite';
import { digestOnce } from '../crypto/digest-once.ts';
import type { FaultCode } from '../report/codes.ts';
import { type Candidate, type Found, unreadCandidate, type UnreadableCandidate } from './candidate.ts';
import { FormatError } from './format-error.ts';
import type { ListedStatement } from './listed-statement.ts';
import { parseStatement } from './statement.ts';

/** Reads the statements that signatures of attestation manifests attest. */
export interface ListedReader {
  /** Whether a find is attached to an attestation manifest, not to the image. */
  isBehind(find: Find): boolean;
  /** Bytes that must be read for this find and that no earlier find needed. */
  sizeOf(find: Find): number;
  /** Turns each signature of an attestation manifest into an attestation for each statement that the manifest lists. All other finds stay as they are. */
  read(find: Find, found: readonly Found[]): readonly Found[];
}

type Unreadable = UnreadableCandidate['unreadable'];
type Listed = ListedStatement | { readonly digest?: string; readonly unreadable: Unreadable };

/** Statements times signatures of an image. BuildKit lists one statement of each kind, and an honest manifest is signed once or twice. */
const MAX_CANDIDATES = 1000;

/** Makes the reader for one image. Each attestation manifest, and each of its statements, is parsed once, however many signatures it has. */
export function createListedReader({ graph, contents }: Triangulated): ListedReader {
  const nodes = new Map(
    graph.manifests.flatMap((node) => (node.role === 'attestation-manifest' ? [[node.digest as string, node]] : [])),
  );
  const signed = new Set(graph.finds.map(({ signs }) => signs));
  const parsed = new Map<string, readonly Listed[]>();
  const counted = new Set<string>();
  let candidates = 0;
  const platformOf = (digest: string): string | undefined => {
    const { platform } = graph.manifests.find((node) => node.digest === digest && node.role === 'image') ?? {};
    return platform === undefined ? undefined : formatPlatform(platform);
  };
  const listedBy = (node: ManifestNode): readonly Listed[] => {
    const parsedBefore = parsed.get(node.digest);
    if (parsedBefore !== undefined) return parsedBefore;
    const image = node.about ?? graph.digest;
    const platform = platformOf(image);
    const about = { image, ...(platform === undefined ? {} : { platform }) };
    const listed = readStatements(node, graph.finds, contents, about);
    parsed.set(node.digest, listed);
    return listed;
  };
  return {
    isBehind: ({ signs }) => nodes.has(signs),
    sizeOf: ({ signs }) => {
      if (!nodes.has(signs) || counted.has(signs)) return 0;
      counted.add(signs);
      const statements = graph.finds.filter(({ manifestDigest }) => manifestDigest === signs);
      return statements.reduce((sum, { layer }) => sum + (contents.get(layer?.digest ?? '')?.length ?? 0), 0);
    },
    read: (find, found) => {
      // The statement itself is unsigned; the signer of its manifest vouches for it.
      if (find.kind === 'attestation-statement' && signed.has(find.manifestDigest)) return [];
      const node = nodes.get(find.signs);
      if (node === undefined) return found;
      return found.flatMap((candidate) => {
        if ('unreadable' in candidate)
          return [{ ...unreadOf(candidate, node, graph.digest), unreadable: candidate.unreadable }];
        const listed = listedBy(node);
        candidates += listed.length;
        if (candidates <= MAX_CANDIDATES)
          return listed.map((statement, index) => attestationOf(candidate, index, statement, node, graph.digest));
        const message = `signatures of attestation manifests and their statements add up to more than ${MAX_CANDIDATES} attestations`;
        return [unreadOf(candidate, node, graph.digest, { code: 'budget', message, status: 'indeterminate' })];
      });
    },
  };
}

/** A statement of an attestation manifest, as attested by a signature of that manifest. */
function attestationOf(
  candidate: Candidate,
  index: number,
  listed: Listed,
  node: ManifestNode,
  root: string,
): Candidate | UnreadableCandidate {
  const id = `${candidate.id}/${index}`;
  if (!('unreadable' in listed)) return { ...candidate, id, isAttestation: true, listed };
  const { digest, unreadable } = listed;
  const unread = unreadOf({ ...candidate, id }, node, root, unreadable);
  const through = { ...pathTo(node, root), ...(digest === undefined ? {} : { statement: digest }) };
  return { ...unread, through };
}

function unreadOf(
  candidate: Found,
  node: ManifestNode,
  root: string,
  unreadable: Unreadable = { code: 'not-fetched', message: 'it was not read', status: 'indeterminate' },
): UnreadableCandidate {
  return { ...unreadCandidate(candidate, unreadable), isAttestation: true, through: pathTo(node, root) };
}

function pathTo({ digest, about }: ManifestNode, root: string): { image: string; attestationManifest: string } {
  return { image: about ?? root, attestationManifest: digest };
}

/** Reads the statements that an attestation manifest lists, from its own bytes. The graph only says where those bytes are, or why they are missing. */
function readStatements(
  { digest, mediaType }: ManifestNode,
  finds: readonly Find[],
  contents: Triangulated['contents'],
  about: Pick<ListedStatement, 'image' | 'platform'>,
): readonly Listed[] {
  const own = finds.filter(({ manifestDigest }) => manifestDigest === digest);
  const bytes = contents.get(digest);
  if (bytes === undefined) return [unreadBecause(own.find(({ unread }) => unread !== undefined))];
  if (!isOf(bytes, digest))
    return [refused('payload-digest-mismatch', 'the bytes don’t have the digest of the attestation manifest')];
  let layers: readonly Descriptor[];
  try {
    const manifest = parseManifest(bytes, { declared: mediaType });
    layers = manifest.kind === 'image' ? statementsOf(manifest) : [];
  } catch (error) {
    if (!isOciError(error)) throw error;
    return [refused('attestation-manifest-malformed', `the attestation manifest can’t be read: ${error.message}`)];
  }
  if (layers.length === 0)
    return [refused('attestation-manifest-malformed', 'the attestation manifest lists no in-toto statement')];
  const manifest = { digest, bytes, lists: layers.map((layer) => layer.digest) };
  return layers.map((layer) => {
    const statement = contents.get(layer.digest);
    if (statement === undefined)
      return {
        digest: layer.digest,
        ...unreadBecause(own.find((find) => find.layer?.digest === layer.digest && find.unread !== undefined)),
      };
    return readStatement(layer.digest, statement, { ...about, manifest });
  });
}

function readStatement(
  digest: string,
  bytes: Uint8Array,
  rest: Pick<ListedStatement, 'image' | 'platform' | 'manifest'>,
): Listed {
  if (!isOf(bytes, digest))
    return { digest, ...refused('payload-digest-mismatch', 'the bytes don’t have the digest that the manifest names') };
  try {
    return { ...rest, digest, bytes, statement: parseStatement(bytes) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { digest, ...refused(error.code, error.message) };
  }
}

/** Whether these bytes have this digest. */
export function isOf(bytes: Uint8Array, digest: string): boolean {
  const algorithm = digest.startsWith('sha512:') ? 'sha512' : 'sha256';
  return digest === `${algorithm}:${digestOnce(algorithm, bytes).toString('hex')}`;
}

function refused(code: FaultCode, message: string): { readonly unreadable: Unreadable } {
  return { unreadable: { code, message, status: 'failed' } };
}

/** Bytes with a wrong digest count as unread too: they may hide the honest bytes. */
function unreadBecause(find: Find | undefined): { readonly unreadable: Unreadable } {
  const { code = 'not-fetched', message = 'its bytes were not fetched' } = find?.unread ?? {};
  const isTampered = code === 'digest-mismatch' || code === 'size-mismatch';
  return { unreadable: { code: isTampered ? 'payload-digest-mismatch' : code, message, status: 'indeterminate' } };
}
