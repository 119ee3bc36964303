import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createOciClient } from 'oci-client-lite';
import { startRegistry } from '@sigtrail/testing';
import { triangulate, type Triangulated, type TriangulateOptions } from '@sigtrail/triangulate';
import { startOlareg } from '../real/olareg.ts';
import { findProgram } from '../real/programs.ts';
import {
  attachedTo,
  type Case,
  flawsOf,
  foundBy,
  optionsFor,
  readCases,
  withoutCarrier,
} from '../../packages/triangulate/test/attached.ts';
import type { Figure } from './figure.ts';

/** That every case has what was attached to it, from disk and from four registries, equal but for the carrier. */
export async function* showAttached(localStack: string): AsyncGenerator<Figure> {
  const cases = readCases(localStack);
  if (cases.length === 0) {
    yield { name: 'recorded images', value: 'skipped: they are not here', passed: true };
    return;
  }
  const layouts = Object.fromEntries(
    cases.flatMap(({ name, layouts: folders }) =>
      Object.entries(folders).map(([repository, folder]) => [repository, join(localStack, name, folder)]),
    ),
  );
  const onDisk = new Map<string, Triangulated>();
  const local = (repository: string): string => `oci:${layouts[repository] ?? ''}`;
  for (const one of cases) onDisk.set(one.name, await look(one, local, {}));
  yield summary('an OCI layout', cases, onDisk, onDisk);

  for (const referrersApi of [true, false]) {
    await using embedded = await startRegistry({ referrersApi, fallbackTags: 'synthesised' });
    for (const [repository, layout] of Object.entries(layouts)) embedded.loadLayout(repository, layout);
    const api = `${referrersApi ? 'with' : 'without'} the referrers API`;
    yield await throughRegistry(`the embedded registry ${api}`, embedded.host, cases, onDisk);
    const program = findProgram('olareg');
    if (program === undefined) {
      yield { name: `recorded images through olareg ${api}`, value: 'skipped: olareg is not installed', passed: true };
      continue;
    }
    await using olareg = await startOlareg({ program, layouts, referrersApi });
    yield await throughRegistry(`olareg ${api}`, olareg.host, cases, onDisk);
  }
}

async function throughRegistry(
  where: string,
  host: string,
  cases: readonly Case[],
  onDisk: ReadonlyMap<string, Triangulated>,
): Promise<Figure> {
  const client = createOciClient({ dockerConfig: false });
  try {
    const found = new Map<string, Triangulated>();
    for (const one of cases) found.set(one.name, await look(one, (repository) => `${host}/${repository}`, { client }));
    return summary(where, cases, found, onDisk);
  } finally {
    await client.close();
  }
}

function look(one: Case, nameOf: (repository: string) => string, options: TriangulateOptions): Promise<Triangulated> {
  return triangulate(`${nameOf(one.repository)}:${one.tag}`, { ...options, ...optionsFor(one, nameOf) });
}

function summary(
  where: string,
  cases: readonly Case[],
  found: ReadonlyMap<string, Triangulated>,
  onDisk: ReadonlyMap<string, Triangulated>,
): Figure {
  const wrong = cases.filter((one) => {
    const [here, there] = [found.get(one.name), onDisk.get(one.name)];
    return (
      here === undefined ||
      there === undefined ||
      flawsOf(here).length > 0 ||
      !isDeepStrictEqual(foundBy(here), attachedTo(one)) ||
      !isDeepStrictEqual(withoutCarrier(here), withoutCarrier(there))
    );
  });
  const finds = [...found.values()].reduce((sum, { graph }) => sum + graph.finds.length, 0);
  return {
    name: `recorded images through ${where}`,
    value: `${cases.length - wrong.length} of ${cases.length} with exactly what was attached, ${finds} finds${wrong.length === 0 ? '' : `; not ${wrong.map(({ name }) => name).join(', ')}`}`,
    passed: wrong.length === 0,
  };
}
