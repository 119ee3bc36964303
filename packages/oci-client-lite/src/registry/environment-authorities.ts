import { isPemCertificate } from '@sigtrail/http';
import { LRUCache } from 'lru-cache';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Certificates of authorities that the environment names. */
export interface EnvironmentAuthorities {
  /** PEM, each once. */
  readonly ca: readonly string[];
  /** What could not be read. */
  readonly problems: readonly string[];
}

const maxFileBytes = 8 * 1024 * 1024;
const maxFiles = 1000;

/**
 * Reads `SSL_CERT_FILE` and the directories of `SSL_CERT_DIR`, as Go programs do. They are trusted beside Node's own authorities. What can't be read is told
 * and stops nothing, as there: a connection that needs it fails by itself.
 */
export function readEnvironmentAuthorities(env: Readonly<Record<string, string | undefined>>): EnvironmentAuthorities {
  const ca = new Set<string>();
  const problems: string[] = [];
  const attempt = (name: string, path: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : 'unknown');
      problems.push(`${name} names ${path}, which can’t be read (${reason})`);
    }
  };
  const add = (path: string): void => {
    for (const block of certificatesOf(path)) ca.add(block);
  };
  const file = env['SSL_CERT_FILE'] || undefined;
  if (file !== undefined) attempt('SSL_CERT_FILE', file, () => add(file));
  for (const directory of (env['SSL_CERT_DIR'] ?? '').split(delimiter).filter((entry) => entry !== ''))
    attempt('SSL_CERT_DIR', directory, () => {
      const names = readdirSync(directory);
      if (names.length > maxFiles) throw new Error(`more than ${maxFiles} files`);
      for (const name of names) {
        const path = join(directory, name);
        if (statSync(path).isFile()) add(path);
      }
    });
  return { ca: [...ca], problems };
}

/** The certificates of files as they were read last, by path: each client of a process reads the same ones. */
const readBefore = new LRUCache<string, { readonly state: string; readonly blocks: readonly string[] }>({
  max: maxFiles,
});

// A bundle may hold a certificate that can't be read; the others are good all the same.
function certificatesOf(path: string): readonly string[] {
  const { size, mtimeMs, ctimeMs, ino } = statSync(path);
  if (size > maxFileBytes) throw new Error(`larger than ${maxFileBytes} bytes`);
  const state = [size, mtimeMs, ctimeMs, ino].join(' ');
  const before = readBefore.get(path);
  if (before?.state === state) return before.blocks;
  const text = readFileSync(path, 'latin1');
  const blocks = (text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).filter(
    isPemCertificate,
  );
  readBefore.set(path, { state, blocks });
  return blocks;
}
