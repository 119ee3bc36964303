import { spawn } from 'node:child_process';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Credentials } from './credentials.ts';
import { OciError } from '../error.ts';
import { parseJson } from '../content/json.ts';

/** How helpers are found. */
export interface HelperOptions {
  /** `PATH` to look in. */
  readonly path: string | undefined;
  /** 30 000 ms. */
  readonly timeoutMs?: number | undefined;
}

const answerSchema = z.object({ Username: z.string(), Secret: z.string() });
const maxOutputBytes = 64 * 1024;
const safeName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const lifeMs = 5 * 60_000; // short: helpers hand out tokens that expire

/** What a helper said; `undefined` when it knows none. */
export type HelperAnswer = Credentials | undefined | 'not-installed';

/** Credential helpers, each asked once in five minutes for one host: docker's CLI asks four times a command. */
export interface CredentialHelpers {
  /** `renew` asks again at once. @throws OciError `invalid-config` */
  ask(name: string, serverKey: string, renew: boolean): Promise<HelperAnswer>;
}

/** Makes the helpers of one client; `now` is a clock in milliseconds that never goes back. */
export function createCredentialHelpers(options: HelperOptions, now: () => number): CredentialHelpers {
  const answers = new LRUCache<string, { readonly asked: number; readonly answer: Promise<HelperAnswer> }>({
    max: 200,
  });
  return {
    ask: async (name, serverKey, renew) => {
      const key = `${name} ${serverKey}`;
      const known = answers.get(key);
      if (!renew && known !== undefined && now() - known.asked < lifeMs) return await known.answer;
      const answer = runCredentialHelper(name, serverKey, options);
      answers.set(key, { asked: now(), answer });
      answer.catch(() => answers.delete(key));
      return await answer;
    },
  };
}

/**
 * Asks `docker-credential-NAME get` (docker-credential-helpers protocol).
 *
 * @throws OciError `invalid-config` when the name is not a plain program name, or the helper fails, hangs or answers nonsense
 */
export async function runCredentialHelper(
  name: string,
  serverKey: string,
  options: HelperOptions,
): Promise<HelperAnswer> {
  if (!safeName.test(name))
    throw new OciError('invalid-config', 'the name of a credential helper may not contain a path');
  const result = await run(`docker-credential-${name}`, serverKey, options);
  if (result === undefined) return 'not-installed';
  const text = result.output.toString('utf8').trim();
  if (result.status !== 0) {
    if (text === 'credentials not found in native keychain') return undefined;
    throw new OciError('invalid-config', `docker-credential-${name} failed`, { actual: `exit ${result.status}` });
  }
  const answer = parseJson(result.output, answerSchema, 'invalid-config', `answer of docker-credential-${name}`);
  if (answer.Secret === '') return undefined;
  return answer.Username === '<token>'
    ? { identityToken: answer.Secret }
    : { username: answer.Username, password: answer.Secret };
}

interface Result {
  readonly status: number | null;
  readonly output: Buffer;
}

async function run(program: string, input: string, options: HelperOptions): Promise<Result | undefined> {
  return await new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void =>
      reject(new OciError('invalid-config', `${program} ${why}`, { cause }));
    const env = options.path === undefined ? process.env : { ...process.env, PATH: options.path };
    const child = spawn(program, ['get'], {
      shell: false,
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'ignore'],
      env,
      timeout: options.timeoutMs ?? 30_000,
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    let size = 0;
    child.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? resolve(undefined) : fail('could not be started', error),
    );
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size > maxOutputBytes) child.kill('SIGKILL');
      else chunks.push(chunk);
    });
    child.on('close', (status, signal) => {
      if (size > maxOutputBytes) fail('wrote more than 64 KiB');
      else if (signal !== null) fail('did not finish in time');
      else resolve({ status, output: Buffer.concat(chunks) });
    });
    child.stdin.on('error', () => undefined); // a helper may exit without reading
    child.stdin.end(input);
  });
}
