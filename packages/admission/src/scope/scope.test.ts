import { describe, expect, it } from 'vitest';
import { type ImageMap, layersFor, milder, type NamespaceRow } from './scope.ts';

const map = (file: string): ImageMap => ({ file, policyFor: () => ({ kind: 'none', code: 'x', message: 'x' }) });
const row = (names: readonly string[], file: string, more: Partial<NamespaceRow> = {}): NamespaceRow => ({
  names,
  map: map(file),
  mode: 'enforce',
  undecided: 'refuse',
  serviceAccounts: [],
  ...more,
});
const filesFor = (
  rows: readonly NamespaceRow[],
  namespace: string,
  account = 'default',
): readonly string[] | undefined => layersFor(rows, namespace, account)?.map((layer) => layer.map.file);

describe('the maps for a namespace', () => {
  it('are those of the first row that matches', () => {
    const rows = [row(['shop'], 'shop'), row(['team-*', 'x*y*z'], 'team'), row(['*'], 'rest')];
    expect(filesFor(rows, 'shop')).toEqual(['shop']);
    expect(filesFor(rows, 'team-')).toEqual(['team']);
    expect(filesFor(rows, 'team')).toEqual(['rest']);
    expect(filesFor(rows, 'xyz')).toEqual(['team']);
    expect(filesFor(rows, 'x1y2z')).toEqual(['team']);
    expect(filesFor(rows, 'xz')).toEqual(['rest']);
    expect(filesFor(rows, 'a-shop')).toEqual(['rest']);
  });

  it('are missing if no row matches', () => {
    expect(filesFor([row(['shop'], 'shop')], 'other')).toBeUndefined();
    expect(filesFor([row(['aba*aba'], 'x')], 'aba')).toBeUndefined();
  });

  it('are more for a service account, and never others', () => {
    const accounts = [{ names: ['ci-*'], map: map('ci'), mode: 'enforce' as const }];
    const rows = [row(['*'], 'rest', { serviceAccounts: accounts })];
    expect(filesFor(rows, 'shop', 'ci-1')).toEqual(['rest', 'ci']);
    expect(filesFor(rows, 'shop', 'default')).toEqual(['rest']);
  });
});

it('the milder of two modes holds', () => {
  expect(milder('enforce', 'warn')).toBe('warn');
  expect(milder('audit', 'enforce')).toBe('audit');
  expect(milder('warn', 'audit')).toBe('audit');
  expect(milder('enforce', 'enforce')).toBe('enforce');
});
