import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatCheckpoint, isRekorError, parseCheckpoint, verifyConsistency, verifyInclusion } from '@sigtrail/rekor';
import { filesBelow, row, type RekorRow } from './row.ts';

type Vector = Readonly<Record<string, string | boolean | readonly string[] | null | undefined>>;

/** JSON lines whose sizes go beyond 2^53: they become texts before anybody rounds them. */
function readVectors(path: string): readonly Vector[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line.replaceAll(/"(leafIdx|treeSize|size1|size2)": ?(\d+)/g, '"$1":"$2"')) as Vector);
}

const bytes = (base64: unknown): Uint8Array =>
  new Uint8Array(Buffer.from(typeof base64 === 'string' ? base64 : '', 'base64'));
const list = (value: Vector[string]): readonly Uint8Array[] => (Array.isArray(value) ? value.map(bytes) : []);
const verdict = (holds: boolean): string => (holds ? 'holds' : 'refused');

/** `transparency-dev/merkle`: inclusion. */
export function inclusionVectors(fixtures: string): readonly RekorRow[] {
  return readVectors(join(fixtures, 'merkle-vectors/inclusion.jsonl')).map((vector) => {
    const holds = verifyInclusion({
      index: BigInt(String(vector['leafIdx'])),
      size: BigInt(String(vector['treeSize'])),
      leafHash: bytes(vector['leafHash']),
      hashes: list(vector['proof']),
      rootHash: bytes(vector['root']),
    });
    return row(String(vector['case']), verdict(vector['wantErr'] === false), verdict(holds));
  });
}

/**
 * `transparency-dev/merkle`: consistency. Where an empty first tree, or a root of twelve bytes, is let pass there, it is refused
 * here: no log signs such a thing.
 */
export function consistencyVectors(fixtures: string): readonly RekorRow[] {
  return readVectors(join(fixtures, 'merkle-vectors/consistency.jsonl')).map((vector) => {
    const firstSize = BigInt(String(vector['size1']));
    const secondSize = BigInt(String(vector['size2']));
    const holds = verifyConsistency({
      firstSize,
      firstRoot: bytes(vector['root1']),
      secondSize,
      secondRoot: bytes(vector['root2']),
      hashes: list(vector['proof']),
    });
    const isStricter = firstSize === 0n || bytes(vector['root1']).byteLength !== 32;
    return row(String(vector['case']), verdict(vector['wantErr'] === false && !isStricter), verdict(holds));
  });
}

/** Consistency between signed checkpoints of the public logs, and the same with a size or a root that is another. */
export function publicConsistency(fixtures: string): readonly RekorRow[] {
  const pairs = JSON.parse(readFileSync(join(fixtures, 'derived-consistency.json'), 'utf8')) as readonly Vector[];
  const hex = (text: unknown): Uint8Array => new Uint8Array(Buffer.from(String(text), 'hex'));
  return pairs.flatMap((pair) => {
    const proof = {
      firstSize: BigInt(String(pair['size1'])),
      firstRoot: hex(pair['root1']),
      secondSize: BigInt(String(pair['size2'])),
      secondRoot: hex(pair['root2']),
      hashes: Array.isArray(pair['proof']) ? pair['proof'].map(hex) : [],
    };
    const name = `${String(proof.firstSize)} to ${String(proof.secondSize)}`;
    return [
      row(name, 'holds', verdict(verifyConsistency(proof))),
      row(
        `${name}, another size`,
        'refused',
        verdict(verifyConsistency({ ...proof, firstSize: proof.firstSize - 1n })),
      ),
      row(
        `${name}, roots exchanged`,
        'refused',
        verdict(verifyConsistency({ ...proof, firstRoot: proof.secondRoot, secondRoot: proof.firstRoot })),
      ),
    ];
  });
}

/** `sigstore-java`: notes that must parse and notes that must not. */
export function javaCheckpoints(fixtures: string): readonly RekorRow[] {
  return filesBelow(fixtures, 'checkpoints-java')
    .filter((file) => !file.endsWith('SOURCE.txt'))
    .map((file) => {
      const text = readFileSync(join(fixtures, file), 'utf8');
      return row(file, file.includes('error_') ? 'refused' : 'read', roundTrip(text));
    });
}

function roundTrip(text: string): string {
  try {
    return formatCheckpoint(parseCheckpoint(text)) === text ? 'read' : 'rewritten';
  } catch (error) {
    if (isRekorError(error)) return 'refused';
    throw error;
  }
}
