// Against a real Sigstore on loopback: signed and logged at test time by cosign 2 and 3, Fulcio, Rekor v1 and Rekor v2, then found, proven, and watched.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createFileStore, jsonlSink } from '@sigtrail/rekor';
import { createVerifier, evaluateImage, type ImageTrack, type LogAddress, type Verifier } from 'sigtrail';
import { trackImage } from 'sigtrail/track';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from './programs.ts';
import { findStack } from './stack.ts';

const run = promisify(execFile);
const { missing, prepare } = findStack(['cosign2', 'cosign3']);

const REGISTRY = '127.0.0.1:5801';
const WHO = 'dev@acme.test';
const LOGS: readonly LogAddress[] = [
  { url: 'http://127.0.0.1:5807', log: 'https://rekor1.stack.test' },
  { url: 'http://127.0.0.1:5809', log: 'https://rekor2.stack.test' },
];

describe.skipIf(missing.length > 0)(
  `a real Sigstore${missing.length === 0 ? '' : ` (missing: ${missing.join(', ')})`}`,
  () => {
    const { state, env, up, down } = prepare();
    const trustFile = (name: string): string => join(state, 'trust', name);
    let verifier: Verifier;
    beforeAll(async () => {
      await up();
      verifier = createVerifier({ trust: { file: trustFile('trusted_root.json') } });
    });
    afterAll(async () => {
      await verifier?.close();
      await down();
    });

    let count = 0;
    /** Pushes an image of its own. */
    async function push(): Promise<{
      readonly repository: string;
      readonly digest: string;
      readonly reference: string;
    }> {
      const repository = `acme/track-${++count}`;
      const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', count, state }));
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      const configDigest = digestOf(config);
      const upload = await fetch(`http://${REGISTRY}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
      const location = new URL(upload.headers.get('location') ?? '', `http://${REGISTRY}`);
      location.searchParams.set('digest', configDigest);
      await fetch(location, { method: 'PUT', body: config, headers: { 'content-type': 'application/octet-stream' } });
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType,
          config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: configDigest, size: config.length },
          layers: [],
        }),
      );
      const pushed = await fetch(`http://${REGISTRY}/v2/${repository}/manifests/v1`, {
        method: 'PUT',
        body: manifest,
        headers: { 'content-type': mediaType },
      });
      expect(pushed.status).toBe(201);
      const digest = digestOf(manifest);
      return { repository, digest, reference: `${REGISTRY}/${repository}@${digest}` };
    }

    async function token(): Promise<string> {
      const body = JSON.stringify({ sub: '1', email: WHO, email_verified: true });
      return (await fetch('http://127.0.0.1:5803/email/token', { method: 'POST', body })).text();
    }

    async function signClassic(reference: string): Promise<void> {
      const own = {
        SIGSTORE_ROOT_FILE: trustFile('fulcio-chain.pem'),
        SIGSTORE_REKOR_PUBLIC_KEY: trustFile('rekor1.pub'),
        SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: trustFile('ct.pub'),
      };
      const args = [
        'sign',
        '-y',
        '--fulcio-url',
        'http://127.0.0.1:5805',
        '--identity-token',
        (await token()).trim(),
        '--rekor-url',
        'http://127.0.0.1:5807',
        reference,
      ];
      await run(findProgram('cosign2') ?? '', args, { env: { ...env, ...own } });
    }

    async function signBundle(reference: string, config: string): Promise<void> {
      const args = [
        'sign',
        '-y',
        '--signing-config',
        trustFile(config),
        '--trusted-root',
        trustFile('trusted_root.json'),
        '--identity-token',
        (await token()).trim(),
        reference,
      ];
      await run(findProgram('cosign3') ?? '', args, { env });
    }

    const track = async (reference: string, scanEntries = 0): Promise<ImageTrack> =>
      trackImage(reference, { trust: { file: trustFile('trusted_root.json') }, logs: LOGS, scanEntries });

    async function removeSignatures(repository: string, result: ImageTrack): Promise<void> {
      for (const manifest of new Set(result.signatures.map(({ id }) => id.split('#')[0]))) {
        const gone = await fetch(`http://${REGISTRY}/v2/${repository}/manifests/${manifest}`, { method: 'DELETE' });
        expect(gone.status).toBe(202);
      }
    }

    it.each([
      ['a classic signature in Rekor v1', 'payload', 0, signClassic],
      [
        'a bundle in Rekor v1',
        'subject',
        0,
        async (reference: string) => signBundle(reference, 'signing_config.rekor1.json'),
      ],
      [
        'a bundle in Rekor v2',
        'subject',
        1000,
        async (reference: string) => signBundle(reference, 'signing_config.rekor2-tsa.json'),
      ],
    ])('finds and proves %s, and still when the registry lost it', async (_, role, scanEntries, sign) => {
      const { repository, reference } = await push();
      await sign(reference);
      const found = await track(reference);
      expect(found.problems).toEqual([]);
      expect(found.entries).toMatchObject([
        {
          role,
          seenIn: 'both',
          provenance: { body: 'proven', logIndex: 'proven' },
          signers: [{ subjectAlternativeNames: [{ value: WHO }], identity: 'proven', signature: 'verified' }],
        },
      ]);
      expect(found.reconciliation).toMatchObject({ inBoth: [found.entries[0]?.id], loggedNotInRegistry: [] });
      await removeSignatures(repository, found);
      const lost = await track(reference, scanEntries);
      expect(lost.signatures).toEqual([]);
      expect(lost.entries).toMatchObject([{ role, seenIn: 'log', signers: [{ signature: 'verified' }] }]);
      expect(lost.reconciliation.loggedNotInRegistry).toEqual([lost.entries[0]?.id]);
    });

    /** Takes what cosign put beside a signature about the log away; the signature, its certificate and its payload stay. */
    async function dropEntry(repository: string, digest: string): Promise<void> {
      const tag = `http://${REGISTRY}/v2/${repository}/manifests/${digest.replace(':', '-')}.sig`;
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      const response = await fetch(tag, { headers: { accept: mediaType } });
      const manifest = (await response.json()) as {
        readonly layers: readonly { readonly annotations: Record<string, string> }[];
      };
      for (const { annotations } of manifest.layers) {
        expect(annotations).toHaveProperty(['dev.sigstore.cosign/bundle']);
        delete annotations['dev.sigstore.cosign/bundle'];
      }
      const body = JSON.stringify(manifest);
      const put = await fetch(tag, { method: 'PUT', body, headers: { 'content-type': mediaType } });
      expect(put.status).toBe(201);
    }

    it('verifies a signature without its entry by looking the entry up, and only then', async () => {
      const { repository, digest, reference } = await push();
      await signClassic(reference);
      await dropEntry(repository, digest);
      const policy = { signedBy: { issuer: 'http://127.0.0.1:5803/email', subject: WHO } };
      const trust = { file: trustFile('trusted_root.json') };
      const alone = await evaluateImage(reference, policy, { trust });
      expect(alone).toMatchObject({ verdict: 'rejected' });
      const found = await evaluateImage(reference, policy, { trust, log: { lookup: true, logs: LOGS.slice(0, 1) } });
      expect(found).toMatchObject({
        verdict: 'verified',
        signatures: [{ log: [{ log: 'https://rekor1.stack.test' }] }],
      });
      const other = { signedBy: { ...policy.signedBy, subject: 'somebody@else.test' } };
      const theirs = await evaluateImage(reference, other, { trust, log: { lookup: true, logs: LOGS.slice(0, 1) } });
      expect(theirs).toMatchObject({ verdict: 'rejected', reason: 'no-match' });
      // A log that can’t be asked: nothing follows from that.
      const down = { url: 'http://127.0.0.1:1', log: 'https://rekor1.stack.test' };
      const unasked = await evaluateImage(reference, policy, { trust, log: { lookup: true, logs: [down] } });
      expect(unasked).toMatchObject({ verdict: 'indeterminate' });
    });

    it('tells of a signature that was deleted from the registry', async () => {
      const { repository, reference } = await push();
      await signClassic(reference);
      const options = {
        images: [reference],
        logs: LOGS,
        store: createFileStore(mkdtempSync(join(tmpdir(), 'sigtrail-watch-'))),
        sinks: [],
      };
      expect((await verifier.watch(options)).exitCode).toBe(10);
      await removeSignatures(repository, await track(reference));
      const run1 = await verifier.watch(options);
      expect(run1).toMatchObject({
        exitCode: 20,
        events: [{ kind: 'gone', place: reference, signature: { signer: { subjects: [WHO] } } }],
      });
      expect((await verifier.watch(options)).events).toEqual([]);
    });

    it('watches both logs, tells what is new once, and who is not expected', async () => {
      const { reference } = await push();
      const folder = mkdtempSync(join(tmpdir(), 'sigtrail-watch-'));
      const events = join(folder, 'events.jsonl');
      const options = {
        images: [reference],
        expected: [{ subject: WHO, issuer: 'http://127.0.0.1:5803/email' }],
        logs: LOGS,
        store: createFileStore(join(folder, 'state')),
        sinks: [jsonlSink(events)],
      };
      // Both logs are seen for the first time: nothing of theirs is known to hold them against.
      expect((await verifier.watch(options)).exitCode).toBe(10);
      await signClassic(reference);
      await signBundle(reference, 'signing_config.rekor2-tsa.json');
      const run2 = await verifier.watch(options);
      expect(run2).toMatchObject({ exitCode: 10, problems: [], coverage: [{ how: 'index' }, { how: 'scan' }] });
      expect(run2.events.filter(({ kind }) => kind === 'entry')).toMatchObject([
        { expected: 'yes' },
        { expected: 'yes' },
      ]);
      expect((await verifier.watch(options)).events).toEqual([]);
      const strict = await verifier.watch({
        ...options,
        expected: [{ subject: 'somebody@else.test' }],
        store: createFileStore(join(folder, 'other')),
        sinks: [],
      });
      expect(strict.exitCode).toBe(20);
      expect(
        readFileSync(events, 'utf8')
          .trim()
          .split('\n')
          .filter((line) => line.includes('"kind":"entry"')),
      ).toHaveLength(2);
    });
  },
);

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
