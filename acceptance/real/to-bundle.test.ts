// What `toBundle` writes, read by a real cosign: offline, with nothing but the bundle, what it is of, and a trusted root.
import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toTransparencyLogEntry } from '@sigtrail/rekor';
import { createSigstore, generateKeyPair, GITHUB_ISSUER, GITHUB_WORKFLOW, type LegacyLayer } from '@sigtrail/testing';
import { toBundle, type ToBundleOptions } from 'sigtrail/bundle';
import { afterAll, describe, expect, it } from 'vitest';
import { findProgram } from './programs.ts';

const run = promisify(execFile);
const cosign = findProgram('cosign3') ?? '';
const folder = await mkdtemp(join(tmpdir(), 'to-bundle-'));
afterAll(async () => rm(folder, { recursive: true }));

const IDENTITY = ['--certificate-identity', GITHUB_WORKFLOW, '--certificate-oidc-issuer', GITHUB_ISSUER];
const manifest = Buffer.from('{"schemaVersion":2}');

describe.skipIf(cosign === '')('cosign 3 reads layers that toBundle wrote', async () => {
  const sigstore = await createSigstore();
  const trust = await file('trusted_root.json', JSON.stringify(sigstore.trustedRoot()));
  const imageDigest = `sha256:${hash('sha256', manifest)}`;
  const signer = await sigstore.issueCertificate();

  async function file(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  }

  async function accepts(
    { payload, layer }: LegacyLayer,
    kind: 'simple-signing' | 'dsse',
    flags: readonly string[],
    of: Uint8Array,
    options: ToBundleOptions = {},
  ): Promise<boolean> {
    const bundle = toBundle({ kind, bytes: payload, annotations: layer.annotations ?? {} }, options);
    const argv = [
      kind === 'dsse' ? 'verify-blob-attestation' : 'verify-blob',
      '--bundle',
      await file('bundle.json', JSON.stringify(bundle)),
      '--trusted-root',
      trust,
      ...flags,
      await file('artifact', of),
    ];
    return run(cosign, argv).then(
      () => true,
      (error: { readonly stderr?: string }) => {
        if (error.stderr === undefined) throw error;
        return false;
      },
    );
  }

  it('a signature by a certificate, with the log’s promise', async () => {
    const made = sigstore.signImageLegacy({ imageDigest, signer });
    expect(await accepts(made, 'simple-signing', IDENTITY, made.payload)).toBe(true);
    expect(await accepts(made, 'simple-signing', IDENTITY, manifest)).toBe(false);
  });

  it('a signature with a timestamp beside the entry', async () => {
    const made = sigstore.signImageLegacy({ imageDigest, signer, timestamp: true });
    expect(await accepts(made, 'simple-signing', [...IDENTITY, '--use-signed-timestamps'], made.payload)).toBe(true);
  });

  it('a signature by a key', async () => {
    const key = generateKeyPair('p256');
    const flags = ['--key', await file('key.pub', key.pem)];
    const made = sigstore.signImageLegacy({ imageDigest, signer: key });
    expect(await accepts(made, 'simple-signing', flags, made.payload)).toBe(true);
    const other = sigstore.signImageLegacy({ imageDigest, signer: generateKeyPair('p256') });
    expect(await accepts(other, 'simple-signing', flags, other.payload)).toBe(false);
  });

  it('a signature with the entry that a log gave: promise and proof', async () => {
    const { rekor } = sigstore;
    const { logged, ...made } = sigstore.signImageLegacy({ imageDigest, signer });
    if (logged?.integratedTime === undefined) throw new Error('it was not logged');
    const { treeIndex: logIndex, ...proof } = rekor.prove(logged);
    const entry = toTransparencyLogEntry({
      ...logged,
      logId: rekor.logId.toString('hex'),
      signedEntryTimestamp: rekor.signedEntryTimestamp({ ...logged, integratedTime: logged.integratedTime }),
      inclusionProof: { logIndex, ...proof },
    });
    const { 'dev.sigstore.cosign/bundle': _, ...annotations } = made.layer.annotations ?? {};
    const bare = { ...made, layer: { ...made.layer, annotations } };
    const ask = async (logEntries: NonNullable<ToBundleOptions['logEntries']>): Promise<boolean> =>
      accepts(bare, 'simple-signing', IDENTITY, made.payload, { logEntries });
    expect(await ask([entry])).toBe(true);
    expect(await ask([])).toBe(false);
  });

  it('an attestation', async () => {
    const statement = { imageDigest, predicateType: 'https://slsa.dev/provenance/v1' };
    const flags = [...IDENTITY, '--type', 'slsaprovenance1'];
    const made = sigstore.signAttestationLegacy({ statement, signer });
    expect(await accepts(made, 'dsse', flags, manifest)).toBe(true);
    expect(await accepts(made, 'dsse', flags, Buffer.from('another'))).toBe(false);
  });
});
