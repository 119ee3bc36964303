import { describe, expect, it } from 'vitest';
import { findProgram } from './programs.ts';

describe('the programs that the suites run against', () => {
  it.each([
    'docker-registry',
    'distribution3',
    'htpasswd',
    'openssl',
    'olareg',
    'crane',
    'ggcr-registry',
    'cosign2',
    'cosign3',
    'rekor-server',
  ])('%s is installed, or its suites are skipped', (name) => {
    const path = findProgram(name);
    expect(path === undefined || path.endsWith(name)).toBe(true);
  });
});
