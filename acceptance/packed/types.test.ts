import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { npmUpstream } from '../../tools/npm-project.ts';
import { isWhole, missingRows } from './tables.ts';
import { COMPILERS, compile, DECLARATIONS, installTypesProject, SAMPLE, TYPES } from './types.ts';

const upstream = await npmUpstream();

describe.skipIf(upstream === undefined)(
  'types in a project that pnpm installed, with npm’s registry for the compilers',
  () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'sigtrail-types-'));
      await installTypesProject(folder, inject('packed'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    const rows: string[][] = [];
    test.each(isWhole() ? TYPES : SAMPLE)(
      '$compiler, $declarations, $moduleResolution, exactOptionalPropertyTypes $exactOptionalPropertyTypes',
      async (one) => {
        expect(await compile(folder, one)).toEqual([]);
        rows.push([
          COMPILERS[one.compiler] ?? '',
          DECLARATIONS[one.declarations] ?? '',
          one.moduleResolution,
          one.exactOptionalPropertyTypes ? 'on' : 'off',
          'compiles',
        ]);
      },
    );

    test('the page has these rows', () => {
      const head = ['TypeScript', '@types/node', 'moduleResolution', 'exactOptionalPropertyTypes', ''];
      expect(missingRows('types', head, rows)).toEqual([]);
    });
  },
);
