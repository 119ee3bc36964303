import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRekor, isRekorError, parseLogKey, type Rekor, type TrustedLog } from '@sigtrail/rekor';
import { openTileTree } from '../../packages/rekor/src/tile/tile-tree.ts';
import { fileTiles } from '../../packages/rekor/src/tile/tile-source.ts';
import { parseTilePath, tilePath } from '../../packages/rekor/src/tile/tile.ts';
import { checkCheckpoint } from '../../packages/rekor/src/note/check-checkpoint.ts';
import { filesBelow, row, type RekorRow } from './row.ts';

/** The key in `build_log.sh` of the tessera test log. */
const TESSERA_KEY = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx';

/** A log of tiles that was recorded with its checkpoints at earlier sizes. */
interface RecordedLog {
  readonly name: string;
  readonly folder: string;
  readonly trust: readonly TrustedLog[];
  /** Files with signed notes, the last one aside. */
  readonly notes: readonly string[];
}

/** The tile logs of the fixtures. */
export function recordedTileLogs(fixtures: string): readonly RecordedLog[] {
  const stack = join(fixtures, 'local-stack/rekor');
  const own = (name: string, tiles: string, notes: string, key: string): RecordedLog => ({
    name,
    folder: tiles,
    trust: [parseLogKey(readFileSync(key, 'utf8'))],
    notes: readdirSync(notes).map((size) => join(notes, size)),
  });
  const tessera = join(fixtures, 'tessera-testdata/log');
  return [
    {
      name: 'tessera',
      folder: tessera,
      trust: [parseLogKey(TESSERA_KEY)],
      notes: readdirSync(tessera)
        .filter((name) => /^checkpoint\.\d+$/.test(name))
        .map((name) => join(tessera, name)),
    },
    own('rekor-tiles', join(stack, 'v2/tiles'), join(stack, 'v2/checkpoints'), join(stack, 'v2/log.pub')),
    own(
      'rekor-tiles, each kind of key',
      join(stack, 'v2-kinds/tiles'),
      join(stack, 'v2-kinds/checkpoints'),
      join(stack, 'v2-kinds/log.pub'),
    ),
  ];
}

/** Every checkpoint: signed, its tree readable from tiles, and grown into the last one. */
export async function tileCheckpoints(log: RecordedLog): Promise<readonly RekorRow[]> {
  const url = pathToFileURL(log.folder).href;
  await using rekor = createRekor({ url, trust: log.trust });
  const last = await rekor.checkpoint();
  const rows: RekorRow[] = [];
  for (const file of log.notes) {
    const note = readFileSync(file, 'utf8');
    const name = `${log.name} ${file.split('/').at(-1) ?? ''}`;
    rows.push(
      row(
        name,
        'holds',
        await outcome(async () => {
          const checkpoint = checkCheckpoint(note, { logs: log.trust }, { url });
          await openTileTree(fileTiles(url), checkpoint, {});
          if (checkpoint.size > 0n) await rekor.consistency(note, last);
        }),
      ),
    );
  }
  return rows;
}

/** Every tile and bundle at the last checkpoint's size and, where notes of earlier sizes are there, at theirs: all hash to a signed root. */
export async function tileFiles(log: RecordedLog): Promise<readonly RekorRow[]> {
  const url = pathToFileURL(log.folder).href;
  const source = fileTiles(url);
  const notes = [
    readFileSync(join(log.folder, 'checkpoint'), 'utf8'),
    ...log.notes.map((file) => readFileSync(file, 'utf8')),
  ];
  const seen = new Map<string, string>();
  for (const note of notes) {
    const checkpoint = checkCheckpoint(note, { logs: log.trust }, { url });
    const read = {
      ...source,
      tile: async (...asked: Parameters<typeof source.tile>) => {
        seen.set(tilePath(asked[0]), 'holds');
        return source.tile(...asked);
      },
    };
    const tree = await openTileTree(read, checkpoint, {});
    for (let index = 0; index * 256 < tree.size; index += 1) {
      const done = await outcome(async () => {
        await tree.tile(0, index, {});
        await tree.bundle(index, {});
      });
      if (done !== 'holds') seen.set(`size ${String(tree.size)}, tile ${String(index)}`, done);
    }
  }
  const there = filesBelow(log.folder, 'tile');
  return [
    ...[...seen].map(([path, actual]) => row(`${log.name} ${path}`, 'holds', actual)),
    ...there.map((path) => row(`${log.name} ${path}`, path, tilePath(parseTilePath(path)))),
  ];
}

/** Every entry by a scan and, a few, by index. */
export async function tileEntries(log: RecordedLog): Promise<readonly RekorRow[]> {
  await using rekor = createRekor({ url: pathToFileURL(log.folder).href, trust: log.trust });
  const { size } = await rekor.checkpoint();
  let scanned = 0;
  const all = await outcome(async () => {
    for await (const { provenance } of rekor.scan(0)) if (provenance === 'proven') scanned += 1;
  });
  const picks = [0, 1, 255, 256, 300, 512, Number(size) - 1].filter((index) => index >= 0 && index < Number(size));
  const singles = await Promise.all(picks.map((logIndex) => single(rekor, log.name, logIndex)));
  return [row(`${log.name}: all entries`, `holds ${String(size)}`, `${all} ${String(scanned)}`), ...singles];
}

async function single(rekor: Rekor, name: string, logIndex: number): Promise<RekorRow> {
  const done = await outcome(async () => {
    const { provenance } = await rekor.entry({ logIndex });
    if (provenance.body !== 'proven' || provenance.logIndex !== 'proven') throw new Error('not proven');
  });
  return row(`${name} entry ${String(logIndex)}`, 'holds', done);
}

async function outcome(work: () => Promise<void>): Promise<string> {
  try {
    await work();
    return 'holds';
  } catch (error) {
    if (isRekorError(error)) return error.code;
    throw error;
  }
}
