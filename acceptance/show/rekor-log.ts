import { fixturesDirectory } from '../fixtures-directory.ts';
import { everyLie } from '../rekor/lies.ts';
import { comparedBundles, recordedAnswers, recordedBundles } from '../rekor/recorded-entries.ts';
import { everyExchange, recordedClient, recordedGrowth } from '../rekor/recorded-servers.ts';
import { recordedTileLogs, tileCheckpoints, tileEntries, tileFiles } from '../rekor/recorded-tiles.ts';
import type { RekorRow } from '../rekor/row.ts';
import { consistencyVectors, inclusionVectors, javaCheckpoints, publicConsistency } from '../rekor/vectors.ts';
import type { Figure } from './figure.ts';
import { rulesOfTheLog } from './rekor-rules.ts';

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
  yield await rulesOfTheLog();
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
