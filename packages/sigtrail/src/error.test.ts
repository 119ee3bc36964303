import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isSigtrailError, SigtrailError } from './error.ts';
import type { RejectedImageReport } from './report/image-report.ts';

const report: RejectedImageReport = {
  schemaVersion: 1,
  kind: 'image',
  requested: 'ghcr.io/acme/app:1.4',
  repository: 'ghcr.io/acme/app',
  digest: `sha256:${'1'.repeat(64)}`,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  policy: { path: 'signedBy', kind: 'signed-by', label: 'key', status: 'failed' },
  verdict: 'rejected',
  reason: 'unsigned',
  problems: [],
  signatures: [],
  candidates: [],
  locations: [],
  transcript: Array.from({ length: 200 }, () => ({ method: 'GET' as const, url: 'https://ghcr.io', durationMs: 1 })),
  trust: { kind: 'embedded', name: 'Sigstore public-good instance' },
  relaxations: [],
  evaluatedAt: '2026-11-01T00:00:00.000Z',
};
const error = new SigtrailError('unsigned', 'ghcr.io/acme/app:1.4 is not signed', { report });

describe('a SigtrailError', () => {
  it('carries the whole report, typed', () => {
    const caught: unknown = error;
    expect(isSigtrailError(caught) && caught.report?.candidates).toEqual([]);
    expect(error.report).toBe(report);
  });

  it('prints a few lines when it is not caught: the message, the stack, the code', () => {
    const printed = inspect(error, { depth: 10 });
    expect(printed).toContain('ghcr.io/acme/app:1.4 is not signed');
    expect(printed).toContain("code: 'unsigned'");
    expect(printed).not.toContain('transcript');
    const stack = (error.stack ?? '').split('\n').length;
    expect(printed.split('\n').length).toBeLessThanOrEqual(stack + 4);
  });

  it('is one line of JSON, with its message', () => {
    expect(JSON.stringify(error)).toBe(
      '{"name":"SigtrailError","code":"unsigned","message":"ghcr.io/acme/app:1.4 is not signed"}',
    );
  });

  it('gives a logger that copies enumerable properties nothing but its name and code', () => {
    expect(Object.fromEntries(Object.entries(error))).toEqual({ name: 'SigtrailError', code: 'unsigned' });
    expect(Object.keys(new SigtrailError('invalid-key', 'not a key'))).toEqual(['name', 'code']);
  });

  it('names the place in the input if there is one', () => {
    const placed = new SigtrailError('invalid-trusted-root', 'not a date', { path: 'tlogs[0]' });
    expect(JSON.parse(JSON.stringify(placed))).toMatchObject({ path: 'tlogs[0]' });
  });
});
