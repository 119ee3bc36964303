import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  EMPTY_CONFIG,
  type FakeRegistry,
  manifestOf,
  MEDIA_TYPE,
  type RegistryOptions,
  startRegistry,
} from '@sigtrail/testing';
import { onTestFinished } from 'vitest';
import { digestOf, isOciError, type OciClientOptions, type TranscriptEntry } from '../src/index.ts';
import { openClient } from './setting.ts';

/** The manifest that the registries of these tests serve, and its digest. */
export const manifest = manifestOf(EMPTY_CONFIG, []);
export const digest = digestOf(manifest);

/** Writes files below a directory that goes away with the test. */
export async function writeFiles(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'registry-files-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  return directory;
}

/** A registry with the manifest as `v1` in each repository. */
export async function serveImages(
  repositories: readonly string[],
  options: RegistryOptions = {},
): Promise<FakeRegistry> {
  const registry = await startRegistry(options);
  onTestFinished(() => registry.close());
  for (const repository of repositories) registry.putManifest(repository, manifest, MEDIA_TYPE.manifest, 'v1');
  return registry;
}

/** A read of `reference`: its digest or the code of its error, and which file sent each request where. */
export async function readWith(
  options: OciClientOptions,
  reference: string,
): Promise<{ readonly answer: string; readonly looks: readonly TranscriptEntry[] }> {
  const looks: TranscriptEntry[] = [];
  const client = openClient({ dockerConfig: false, env: {}, retries: 0, ...options });
  try {
    const at = reference.indexOf('@');
    const wanted = at < 0 ? reference.slice(reference.lastIndexOf(':') + 1) : reference.slice(at + 1);
    const fetched = await client.repository(reference).fetchManifest(wanted, { onRequest: (look) => looks.push(look) });
    return { answer: fetched.digest, looks };
  } catch (error) {
    if (!isOciError(error)) throw error;
    return { answer: `${error.code}: ${error.message}`, looks };
  }
}

/** The paths that a registry was asked for, without the ping. */
export function pathsOf({ requests }: FakeRegistry): readonly string[] {
  return requests.map(({ path }) => path).filter((path) => path !== '/v2/');
}
