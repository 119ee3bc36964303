import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import nodeModule from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';

/** What decides where the cache is. */
export interface CacheSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whose process this is; `undefined` where the system has no such numbers. */
  readonly uid: number | undefined;
}

/**
 * Has Node keep the program as compiled, so that the next run needn't compile it again. Node runs what it finds there without comparing it with
 * the program: anyone who can write to the folder can have their code run, so it is used only if just this user and root can write to it.
 */
export function useCompileCache(): void {
  // Bun has no such function, and neither has Node if its user turned it off.
  if (typeof nodeModule.enableCompileCache !== 'function') return;
  const folder = compileCacheFolder({ env: process.env, uid: process.getuid?.() });
  if (folder !== undefined) nodeModule.enableCompileCache(folder);
}

/** The folder, created if it is missing; `undefined` if others can write to every candidate. */
export function compileCacheFolder({ env, uid }: CacheSurroundings): string | undefined {
  const { XDG_CACHE_HOME: chosen = '', HOME: home = '', NODE_DISABLE_COMPILE_CACHE: off } = env;
  const base = isAbsolute(chosen) ? chosen : isAbsolute(home) ? join(home, '.cache') : undefined;
  if (base === undefined || uid === undefined || off === '1') return undefined;
  const folder = join(base, 'sigtrail', 'compiled');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return isOnlyOurs(realpathSync(folder), uid) ? folder : undefined;
  } catch {
    return undefined; // a home that can't be written to costs time, and nothing else
  }
}

/** Whether neither the folder nor any above it can be written to, or replaced, by anyone but this user and root. */
function isOnlyOurs(folder: string, uid: number): boolean {
  const { uid: owner, mode } = lstatSync(folder);
  if ((owner !== uid && owner !== 0) || (mode & WRITABLE_BY_OTHERS) !== 0) return false;
  return dirname(folder) === folder || isOnlyOurs(dirname(folder), uid);
}

const WRITABLE_BY_OTHERS = 0o022;
