import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fallbackTag, isDigest } from 'oci-client-lite';
import { freePort } from './free-port.ts';

/** A real registry over directories in the OCI image layout. */
export interface Olareg extends AsyncDisposable {
  readonly host: string;
}

/** What it serves: repository → directory with its layout. The directories are copied. */
export interface OlaregOptions {
  readonly program: string;
  readonly layouts: Readonly<Record<string, string>>;
  readonly referrersApi: boolean;
}

/** Starts olareg on a free loopback port. Without the referrers API, its own lists of referrers get the fallback tags a client would have kept. */
export async function startOlareg({ program, layouts, referrersApi }: OlaregOptions): Promise<Olareg> {
  const root = mkdtempSync(join(tmpdir(), 'olareg-'));
  for (const [repository, layout] of Object.entries(layouts)) {
    cpSync(layout, join(root, repository), { recursive: true });
    keepLists(join(root, repository, 'index.json'), referrersApi ? 'by-subject' : 'by-tag');
  }
  const port = await freePort();
  const child = spawn(
    program,
    [
      'serve',
      '--addr',
      '127.0.0.1',
      '--port',
      String(port),
      '--dir',
      root,
      '--store-ro',
      '--gc-frequency',
      '0',
      `--api-referrer=${referrersApi}`,
    ],
    { stdio: 'ignore' },
  );
  const host = `127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await end(child);
    rmSync(root, { recursive: true, force: true });
  };
  try {
    await answers(host, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host, [Symbol.asyncDispose]: stop };
}

interface Entry {
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Index extends Entry {
  readonly manifests: readonly Entry[];
}

const SUBJECT = 'org.olareg.referrer.subject';
const TAG = 'org.opencontainers.image.ref.name';

/**
 * Turns olareg's own lists of referrers into the fallback tags that clients keep, or these into its own: with the API on it serves no
 * repository that has the tags only, and with the API off none that it took over.
 */
function keepLists(path: string, how: 'by-subject' | 'by-tag'): void {
  const { annotations: _, ...index } = JSON.parse(readFileSync(path, 'utf8')) as Index;
  const manifests = index.manifests.map((entry) => {
    const subject = entry.annotations?.[SUBJECT] ?? subjectOf(entry.annotations?.[TAG]);
    if (!isDigest(subject)) return entry;
    return { ...entry, annotations: how === 'by-tag' ? { [TAG]: fallbackTag(subject) } : { [SUBJECT]: subject } };
  });
  const converted = how === 'by-tag' ? {} : { annotations: { 'org.olareg.referrer.convert': 'true' } };
  writeFileSync(path, JSON.stringify({ ...index, manifests, ...converted }));
}

function subjectOf(tag: string | undefined): string | undefined {
  return tag !== undefined && /^sha256-[0-9a-f]{64}$/.test(tag) ? tag.replace('-', ':') : undefined;
}

async function answers(host: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`olareg ended with ${child.exitCode}`);
    const response = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (response?.ok === true) return;
    await delay(50);
  }
  throw new Error('olareg did not answer within 10 s');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await ended;
}
