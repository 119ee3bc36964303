import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { main } from '@sigtrail/cli';
import { triangulate } from '@sigtrail/triangulate';
import { createOciClient } from 'oci-client-lite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attachedTo,
  flawsOf,
  foundBy,
  optionsFor,
  readCases,
  withoutCarrier,
} from '../../packages/triangulate/test/attached.ts';
import { fixturesIfPresent } from '../fixtures-directory.ts';
import { type Olareg, startOlareg } from './olareg.ts';
import { findProgram } from './programs.ts';

const run = promisify(execFile);
const stack = join(fixturesIfPresent() ?? '', 'local-stack');
const cases = readCases(stack);
const layouts = Object.fromEntries(
  cases.flatMap(({ name, layouts: folders }) =>
    Object.entries(folders).map(([repository, folder]) => [repository, join(stack, name, folder)]),
  ),
);
const program = findProgram('olareg') ?? '';

describe.skipIf(program === '' || cases.length === 0)('olareg', () => {
  let registry: Olareg;
  const client = createOciClient({ dockerConfig: false });
  afterAll(async () => client.close());

  describe.each([
    ['with', true],
    ['without', false],
  ])('%s the referrers API', (_, referrersApi) => {
    beforeAll(async () => {
      registry = await startOlareg({ program, layouts, referrersApi });
    });
    afterAll(async () => registry[Symbol.asyncDispose]());

    it.each(cases)('has what was attached: $name', async (one) => {
      const remote = (repository: string): string => `${registry.host}/${repository}`;
      const local = (repository: string): string => `oci:${layouts[repository] ?? ''}`;
      const found = await triangulate(`${remote(one.repository)}:${one.tag}`, { client, ...optionsFor(one, remote) });
      expect(foundBy(found)).toEqual(attachedTo(one));
      expect(flawsOf(found)).toEqual([]);
      const onDisk = await triangulate(`${local(one.repository)}:${one.tag}`, optionsFor(one, local));
      expect(withoutCarrier(found)).toEqual(withoutCarrier(onDisk));
      for (const { tag, carrier } of found.graph.finds)
        if (tag === undefined) expect(carrier).toBe(referrersApi ? 'referrers-api' : 'fallback-tag');
    });
  });

  describe.each(['cosign2', 'cosign3'])('%s', (name) => {
    const cosign = findProgram(name) ?? '';
    beforeAll(async () => {
      registry = await startOlareg({ program, layouts, referrersApi: true });
    });
    afterAll(async () => registry[Symbol.asyncDispose]());

    it.skipIf(cosign === '').each(['signature', 'attestation', 'sbom', 'digest'])(
      'triangulate --type %s prints our line',
      async (type) => {
        for (const { repository, tag, digest } of cases.filter((_, at) => at % 20 === 0))
          for (const selector of [`:${tag}`, `@${digest}`]) {
            const argv = ['triangulate', '--type', type, `${registry.host}/${repository}${selector}`];
            expect(await ours(...argv)).toBe((await run(cosign, argv)).stdout);
          }
      },
    );

    it.skipIf(cosign === '').each(['acme/store', 'ghcr.io/acme/store'])(
      'triangulate in COSIGN_REPOSITORY=%s prints our line',
      async (elsewhere) => {
        const repository = elsewhere.startsWith('ghcr.io') ? elsewhere : `${registry.host}/${elsewhere}`;
        for (const type of ['signature', 'digest']) {
          const argv = ['triangulate', '--type', type, `ubuntu@${cases[0]?.digest ?? ''}`];
          const theirs = await run(cosign, argv, { env: { ...process.env, COSIGN_REPOSITORY: repository } });
          expect(await ours(...argv, '--attachment-repository', repository)).toBe(theirs.stdout);
        }
      },
    );

    it.skipIf(cosign === '')('tree prints our branches, in an order of its own', async () => {
      for (const { repository, tag } of cases.filter(
        (one) => SHAPES.test(one.name) && (name === 'cosign3' || hasNoBundle(one)),
      )) {
        const argv = ['tree', '--experimental-oci11', `${registry.host}/${repository}:${tag}`];
        const theirs = (await run(cosign, argv)).stdout;
        expect(branches(await ours(...argv))).toEqual(branches(theirs));
      }
    });
  });
});

/** One case of each shape; the others differ in who signed. */
const SHAPES =
  /^(bundle-att|bundle-by-cosign2|bundle-message-signature|fallback-tag|index-signed-recursive-(bundle|legacy)|legacy-att|legacy-experimental-oci11|legacy-three-signers|many-referrers|mixed-both-signatures|sbom-attachment|unsigned)$/;

/** cosign 2 calls a bundle by its media type; we call it by its predicate type, as cosign 3 does. */
function hasNoBundle({ format }: (typeof cases)[number]): boolean {
  return format !== 'bundle' && format !== 'mixed';
}

async function ours(...argv: readonly string[]): Promise<string> {
  let stdout = '';
  const code = await main(argv, { stdout: (text) => void (stdout += text), stderr: () => undefined });
  expect(code).toBe(0);
  return stdout;
}

/** The branches of a tree with their leaves, sorted. */
function branches(tree: string): readonly string[] {
  return tree
    .split(/^(?=└)/m)
    .map((branch) => branch.trimEnd())
    .toSorted((a, b) => (a < b ? -1 : 1));
}
