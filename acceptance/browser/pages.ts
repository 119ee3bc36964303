import { mkdtemp, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRekor } from '@sigtrail/rekor';
import { type FakeRekor, GITHUB_ISSUER, GITHUB_WORKFLOW, generateKeyPair, startRekor } from '@sigtrail/testing';
import { evaluateImage, type ImageReport, inspectImage, type PlatformsReport, verifyBundle } from 'sigtrail';
import { describeEntry } from 'sigtrail/report';
import { bundleToHtml, toHtml } from 'sigtrail/report/html';
import { timelineOf, trackImage } from 'sigtrail/track';
import { parseTrustedRoot } from 'sigtrail/trust';
import { createImage, type ImageUnderTest } from '../../packages/sigtrail/test/image-under-test.ts';

/** Every kind of page, each in a file, as people open it. */
export interface Pages {
  readonly folder: string;
  readonly names: readonly string[];
}

/** Signs an image, asks about it in several ways, and writes the pages. */
export async function writePages(): Promise<Pages> {
  const image = await createImage();
  const rekor = await startRekor(image.sigstore.rekor);
  try {
    // Source repository, its commit and ref, what triggered the build, and the run.
    const fulcio = '1.3.6.1.4.1.57264.1';
    const claims = {
      [`${fulcio}.12`]: 'https://github.com/acme/app',
      [`${fulcio}.13`]: 'a'.repeat(40),
      [`${fulcio}.14`]: 'refs/heads/main',
      [`${fulcio}.20`]: 'push',
      [`${fulcio}.21`]: 'https://github.com/acme/app/actions/runs/1/attempts/1',
    };
    const signer = await image.sigstore.issueCertificate({ claims });
    const statement = { imageDigest: image.digest };
    image.attachBundle(image.sigstore.signBundle({ statement, signer }));
    image.attachBundle(image.sigstore.signBundle({ statement, signer: generateKeyPair(), logs: [] }));
    const ask = async (issuer: string, options: object = {}): Promise<ImageReport | PlatformsReport> =>
      evaluateImage(
        image.reference,
        { signedBy: { issuer, subject: GITHUB_WORKFLOW } },
        { ...image.options, now: () => NOW, ...options },
      );
    const verified = await ask(GITHUB_ISSUER);
    const rejected = await ask('https://accounts.acme.test');
    const inspection = await inspectImage(image.reference, { ...image.options, now: () => NOW });
    const track = await trackImage(image.reference, { ...image.options, now: () => NOW });
    image.registry.fail({ route: 'referrers', fault: { kind: 'status', status: 403 } });
    const open = await ask('https://accounts.acme.test');
    return await writeAll({
      verified: toHtml(verified),
      rejected: toHtml(rejected),
      indeterminate: toHtml(open),
      many: toHtml([verified, rejected, open]),
      inspection: toHtml(inspection),
      track: toHtml(track),
      timeline: toHtml(timelineOf([track])),
      bundle: await bundlePage(image),
      entry: await entryPage(rekor, image.options.trust.json, uuidIn(verified)),
    });
  } finally {
    await Promise.all([image.close(), rekor.close()]);
  }
}

const NOW = new Date('2026-11-27T09:00:00Z');

async function bundlePage({ sigstore, options }: ImageUnderTest): Promise<string> {
  const file = Buffer.from('the release');
  const bundle = await sigstore.signFile(file, { as: { email: 'dev@acme.test' } });
  const signedBy = { issuer: 'https://accounts.google.com', subject: 'dev@acme.test' };
  const verified = await verifyBundle(bundle, file, { signedBy }, { trust: options.trust });
  return bundleToHtml('app.tgz', { verdict: 'verified', ...verified }, NOW);
}

function uuidIn({ signatures }: ImageReport | PlatformsReport): string {
  const uuid = signatures[0]?.log[0]?.uuid;
  if (uuid === undefined) throw new Error('the report has no log entry');
  return uuid;
}

async function entryPage(server: FakeRekor, json: string, uuid: string): Promise<string> {
  const trust = parseTrustedRoot(json);
  await using rekor = createRekor({ url: server.url, trust: trust.transparencyLogs });
  const entry = await rekor.entry({ uuid });
  return toHtml(await describeEntry(entry, { trust, now: NOW }));
}

async function writeAll(pages: Readonly<Record<string, string>>): Promise<Pages> {
  const folder = process.env['SIGTRAIL_SCREENSHOTS'] ?? (await mkdtemp(join(tmpdir(), 'sigtrail-pages-')));
  await mkdir(folder, { recursive: true });
  for (const [name, page] of Object.entries(pages)) await writeFile(join(folder, `${name}.html`), page);
  return { folder, names: Object.keys(pages) };
}
