import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixturesDirectory } from '../fixtures-directory.ts';
import { everyLie } from '../rekor/lies.ts';
import { comparedBundles, recordedAnswers, recordedBundles } from '../rekor/recorded-entries.ts';
import { everyExchange, recordedClient, recordedGrowth } from '../rekor/recorded-servers.ts';
import { recordedTileLogs, tileCheckpoints, tileEntries, tileFiles } from '../rekor/recorded-tiles.ts';
import type { RekorRow } from '../rekor/row.ts';
import { consistencyVectors, inclusionVectors, javaCheckpoints, publicConsistency } from '../rekor/vectors.ts';
import { root } from '../workspace.ts';
import type { Figure } from './figure.ts';

/** The log's figures: vectors, recordings of real servers, logs that lie. */
export async function* showLog(): AsyncGenerator<Figure> {
  const fixtures = fixturesDirectory();
  // Sizes of the collections: fewer would be one that lost cases.
  yield figure('inclusion vectors of transparency-dev/merkle', inclusionVectors(fixtures), 98);
  yield figure('consistency vectors of transparency-dev/merkle', consistencyVectors(fixtures), 97);
  yield figure(
    'consistency between checkpoints of public logs, each with two that must be refused',
    publicConsistency(fixtures),
    75,
  );
  yield figure('checkpoints of sigstore-java', javaCheckpoints(fixtures), 9);
  yield figure('recorded answers of Rekor v1', recordedAnswers(fixtures), 8);
  yield figure('entries in bundles, the spoilt ones by the check that must see it', recordedBundles(fixtures), 200);
  for (const log of recordedTileLogs(fixtures)) {
    yield figure(
      `${log.name}: signed checkpoints, read from tiles and grown into the last`,
      await tileCheckpoints(log),
    );
    yield figure(`${log.name}: tiles and bundles that hash to a signed root`, await tileFiles(log));
    yield figure(`${log.name}: scan and entries by index`, await tileEntries(log));
  }
  yield figure('exchanges with real servers, each status told apart', await everyExchange(fixtures), 380);
  yield figure('entries, batches and searches of real servers through the client', await recordedClient(fixtures), 150);
  yield figure('growth of a real tree at ten sizes, proven between every two', await recordedGrowth(fixtures), 45);
  yield splitViews(fixtures);
  yield figure(
    'ways in which a log can lie, each with an alarm of its own and evidence that holds offline',
    await everyLie(),
  );
  yield rulesFigure();
}

function figure(name: string, rows: readonly RekorRow[], atLeast = 1): Figure {
  const passed = rows.filter(({ pass }) => pass).length;
  const [first] = rows.filter(({ pass }) => !pass);
  const failed = first === undefined ? '' : `; ${first.name}: ${first.actual ?? ''}`.slice(0, 200);
  return {
    name,
    passed: rows.length >= atLeast && passed === rows.length,
    value: `${String(passed)} of ${String(rows.length)}${failed}`,
  };
}

function splitViews(fixtures: string): Figure {
  const { trees } = comparedBundles(fixtures);
  const sum = (of: (tree: (typeof trees)[number]) => number): number =>
    trees.reduce((total, tree) => total + of(tree), 0);
  const forks = sum((tree) => tree.forks.length);
  const agreements = sum(({ agreements: count }) => count);
  return {
    name: 'all bundles held against each other, offline',
    passed: forks === 0 && agreements > 0,
    value: `${String(sum(({ proofs }) => proofs))} proofs of ${String(trees.length)} trees, ${String(agreements)} agreements on shared nodes, ${String(forks)} conflicts, ${String(sum(({ growth }) => growth.length))} consistency proofs put together`,
  };
}

/** Each rule for entries and checkpoints, and the test in which only it is broken. */
const RULES: Readonly<Record<string, string>> = {
  'leaf: the UUID is the leaf hash of the body': 'refuses a UUID that is not the leaf hash of the body',
  'inclusion: the path leads to the signed root': 'refuses a path that leads elsewhere',
  'checkpoint: its form': 'refuses a checkpoint of another form',
  'checkpoint: signed by a trusted key': 'refuses a checkpoint that no trusted key signed',
  'checkpoint: the signature holds': 'refuses a checkpoint whose signature fails',
  'checkpoint: size and root are those of the proof':
    'refuses a size or root beside the proof that is not the checkpoint’s',
  'checkpoint: its tree is that of the UUID': 'refuses a proof of another tree than the UUID’s',
  'SET: over the canonical bytes': 'refuses a promise over another time',
  'SET: within the key’s window': 'refuses a promise from before the key was in use',
  'index: the shard’s offset and the index in the shard':
    'refuses a global index that is not the shard’s offset and the index in it',
  'witnesses: the quorum cosigned': 'refuses a checkpoint that too few witnesses cosigned',
  'keys: only from the trust that was given': 'refuses the entry of a log whose key is not trusted',
};

function rulesFigure(): Figure {
  const tests = readFileSync(join(root, 'packages/rekor/src/prove-entry.test.ts'), 'utf8');
  const missing = Object.entries(RULES).filter(([, test]) => !tests.includes(test));
  return {
    name: 'rules for a v1 entry, each with a test in which only it is broken',
    passed: missing.length === 0,
    value: `${String(Object.keys(RULES).length - missing.length)} of ${String(Object.keys(RULES).length)}${missing.map(([rule]) => `; ${rule}`).join('')}`,
  };
}
