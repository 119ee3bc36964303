import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fixturesIfPresent } from '../fixtures-directory.ts';
import { findProgram, programsDirectory } from './programs.ts';

const run = promisify(execFile);

/** A real Sigstore with a registry, on the ports that its script has. */
export interface RealSigstore extends AsyncDisposable {
  readonly registry: string;
  /** Of the tokens of `token`. */
  readonly issuer: string;
  /** A file with its trusted root, a signing configuration, or a key. */
  trustFile(name: string): string;
  /** A token that Fulcio takes for this person. */
  token(email: string): Promise<string>;
}

const PROGRAMS = [
  'fulcio',
  'rekor-server',
  'rekor-tiles-posix',
  'trillian-mem',
  'olareg',
  'timestamp-server',
  'ct_server',
];

/** Starts one; nothing where a program of it, or one of those named, isn't installed. Two can't run at the same time. */
export function findRealSigstore(
  alsoNeeded: readonly string[],
): { readonly start: () => Promise<RealSigstore> } | undefined {
  const fixtures = fixturesIfPresent();
  const stack = fixtures === undefined ? '' : join(fixtures, '..', 'stack', 'stack');
  const missing = [...PROGRAMS, ...alsoNeeded].filter((name) => findProgram(name) === undefined);
  if (missing.length > 0 || !existsSync(stack)) return undefined;
  return {
    start: async () => {
      const state = mkdtempSync(join(tmpdir(), 'sigstack-'));
      const env = { ...process.env, SIGSTACK_BIN: programsDirectory, SIGSTACK_STATE: state };
      const stop = async (): Promise<void> => {
        await run(stack, ['down'], { env });
        rmSync(state, { recursive: true, force: true });
      };
      try {
        await run(stack, ['up'], { env });
      } catch (error) {
        // It may have come up in part.
        await stop();
        throw error;
      }
      return {
        registry: '127.0.0.1:5801',
        issuer: 'http://127.0.0.1:5803/email',
        trustFile: (name) => join(state, 'trust', name),
        token: async (email) => {
          const body = JSON.stringify({ sub: '1', email, email_verified: true });
          return (await (await fetch('http://127.0.0.1:5803/email/token', { method: 'POST', body })).text()).trim();
        },
        [Symbol.asyncDispose]: stop,
      };
    },
  };
}
