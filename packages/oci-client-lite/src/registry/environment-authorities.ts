import { isPemCertificate } from '@sigtrail/http';
import { LRUCache } from 'lru-cache';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Certificates of the authorities that the environment names. */
export interface EnvironmentAuthorities {
  /** PEM, each once. */
  readonly ca: readonly string[];
  /** What could not be read. */
  readonly problems: readonly string[];
}

const maxFileBytes = 8 * 1024 * 1024;
const maxFiles = 1000;

/**
 * Reads `SSL_CERT_FILE` and the directories of `SSL_CERT_DIR`, as Go programs do. They are trusted in addition to Node's own authorities. A file that can't be read is reported
 * but stops nothing, as in Go: a connection that needs it fails anyway.
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

/** The certificates of files as they were last read, by path: all clients of a process read the same files. */
const readBefore = new LRUCache<string, { readonly state: string; readonly blocks: readonly string[] }>({
  max: maxFiles,
});

// A bundle may hold an unreadable certificate; the others are still good.
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
