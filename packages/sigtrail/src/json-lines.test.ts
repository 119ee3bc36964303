import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigstore, GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import type { TrustInput } from './trust/load-trust.ts';
import { parseTrustedRoot } from './trust/parse-trusted-root.ts';
import { trustRoot } from './trust/trust-root.ts';
import { verifyBundle } from './verify-bundle.ts';

const now = new Date('2026-03-01T12:00:00Z');
const [fulcio, github] = [await createSigstore({ now }), await createSigstore({ now })];
const artifact = Buffer.from('artifact');
const imageDigest = `sha256:${createHash('sha256').update(artifact).digest('hex')}` as const;
const roots = [fulcio, github].map((instance) => JSON.stringify(instance.trustedRoot())).join('\n');
const policy = { signedBy: { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW } };

/** As each kind of instance signs: with a log entry, or with a timestamp alone. */
async function sign(by: typeof fulcio, subject: `sha256:${string}` = imageDigest): Promise<object> {
  const signer = await by.issueCertificate(by === github ? { scts: 'none' } : {});
  const evidence = by === github ? { logs: [], timestamps: [by.tsa] } : { logs: [by.rekor] };
  return by.signBundle({ statement: { imageDigest: subject }, signer, ...evidence });
}

async function ask(bundle: string | Uint8Array, trust: TrustInput): Promise<string> {
  try {
    await verifyBundle(bundle, artifact, policy, { trust, now: () => now });
    return 'verified';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('a trusted_root.jsonl', () => {
  it.each<[string, TrustInput]>([
    ['json', { json: roots, profile: ['fulcio', 'github'] }],
    ['bytes, with CRLF', { json: Buffer.from(roots.replace('\n', '\r\n')), profile: ['fulcio', 'github'] }],
    ['file', fileOf(roots)],
    ['trustRoot.fromJson', trustRoot.fromJson(roots, ['fulcio', 'github'])],
  ])('is read line by line, each with its own profile: %s', async (_what, trust) => {
    expect(await ask(JSON.stringify(await sign(fulcio)), trust)).toBe('verified');
    expect(await ask(JSON.stringify(await sign(github)), trust)).toBe('verified');
  });

  it('lowers nothing for the other line', async () => {
    // Fulcio's certificate with GitHub's evidence: no log, no SCT.
    const signer = await fulcio.issueCertificate({ scts: 'none' });
    const bundle = fulcio.signBundle({ statement: { imageDigest }, signer, logs: [], timestamps: [fulcio.tsa] });
    expect(await ask(JSON.stringify(bundle), { json: roots, profile: ['fulcio', 'github'] })).toMatch(
      /log-missing|sct-missing/,
    );
    expect(await ask(JSON.stringify(await sign(github)), { json: roots })).toMatch(/log-missing|sct-missing/);
  });

  it('needs a profile for each line if there is a list', async () => {
    expect(await ask(JSON.stringify(await sign(fulcio)), { json: roots, profile: ['fulcio'] })).toMatch(
      /must list a profile for each document of the trusted root, one per line \(2\), got 1: fulcio/,
    );
    expect(await ask('{}', { json: roots, profile: ['fulcio', 'other'] as never })).toMatch(
      /"trust\.profile" must be one of/,
    );
  });

  it('is not lowered as a whole by the one profile of one of its lines', async () => {
    const signer = await fulcio.issueCertificate({ scts: 'none' });
    const bundle = fulcio.signBundle({ statement: { imageDigest }, signer, logs: [], timestamps: [fulcio.tsa] });
    for (const profile of ['github', 'pki'] as const)
      expect(await ask(JSON.stringify(bundle), { json: roots, profile })).toMatch(
        /has 2 documents.*expected a profile for each line/,
      );
    expect(await ask(JSON.stringify(await sign(fulcio)), { json: roots, profile: 'fulcio' })).toBe('verified');
    const alone = { json: JSON.stringify(github.trustedRoot()), profile: 'github' } as const;
    expect(await ask(JSON.stringify(await sign(github)), alone)).toBe('verified');
  });

  it('is refused if one document was expected, by its name', () => {
    expect(() => parseTrustedRoot(roots)).toThrow(/has 2 JSON documents, one per line.*trustRoot\.fromJson/);
    expect(() => trustRoot.fromJson(`${roots}\n{}`)).toThrow(
      expect.objectContaining({ code: 'invalid-trusted-root' }) as Error,
    );
  });
});

describe('bundles one a line', () => {
  const trust: TrustInput = { json: JSON.stringify(fulcio.trustedRoot()) };

  it('are verified if the policy accepts one of them', async () => {
    const lines = [await sign(fulcio, `sha256:${'0'.repeat(64)}`), await sign(fulcio)].map((one) =>
      JSON.stringify(one),
    );
    expect(await ask(`${lines.join('\n')}\n`, trust)).toBe('verified');
    expect(await ask(Buffer.from(lines.toReversed().join('\r\n')), trust)).toBe('verified');
  });

  it('are refused by line if it accepts no aliases', async () => {
    const wrong = JSON.stringify(await sign(fulcio, `sha256:${'0'.repeat(64)}`));
    expect(await ask(`{"mediaType":"x"}\n${wrong}\n`, trust)).toMatch(
      /^none of the 2 bundles \(one per line\) is accepted; line 2: /,
    );
    expect(await ask(`{"mediaType":"x"}\n{"mediaType":"y"}\n`, trust)).toMatch(/line 1: /);
    expect(await ask(`${'{}\n'.repeat(65)}`, trust)).toMatch(/holds 65 bundles.*at most 64/);
  });
});

function fileOf(text: string): TrustInput {
  const file = join(mkdtempSync(join(tmpdir(), 'sigtrail-roots-')), 'trusted_root.jsonl');
  writeFileSync(file, text);
  return { file, profile: ['fulcio', 'github'] };
}
