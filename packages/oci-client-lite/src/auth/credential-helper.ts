import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Credentials } from './credentials.ts';
import { CredentialFailure } from './credential-source.ts';
import { isOciError, OciError } from '../error.ts';
import { parseJson } from '../content/json.ts';
import { harmless } from '../harmless.ts';

/** How helpers are found. */
export interface HelperOptions {
  /** `PATH` to look in. */
  readonly path: string | undefined;
  /** 20 000 ms. */
  readonly timeoutMs?: number | undefined;
}

const answerSchema = z.object({ Username: z.string(), Secret: z.string() });
const maxOutputBytes = 64 * 1024;
const safeName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const lifeMs = 5 * 60_000; // short: helpers hand out tokens that expire

/** The helper's answer; `undefined` when it has no credentials. */
export type HelperAnswer = Credentials | undefined | 'not-installed';

/** Credential helpers. Each is asked once in five minutes about a host: docker's CLI asks four times a command. */
export interface CredentialHelpers {
  /** `renew` asks again at once. @throws OciError `invalid-config` */
  ask(name: string, serverKey: string, renew: boolean): Promise<HelperAnswer>;
  /** A program that has not answered yet. */
  waitsFor(): string | undefined;
}

/** Makes the helpers of one client; `now` is a clock in milliseconds that never goes back. */
export function createCredentialHelpers(options: HelperOptions, now: () => number): CredentialHelpers {
  const answers = new LRUCache<string, { readonly asked: number; readonly answer: Promise<HelperAnswer> }>({
    max: 200,
  });
  const running = new Set<string>();
  return {
    waitsFor: () => running.values().next().value,
    ask: async (name, serverKey, renew) => {
      const key = `${name} ${serverKey}`;
      const known = answers.get(key);
      if (!renew && known !== undefined && now() - known.asked < lifeMs) return await known.answer;
      const program = `docker-credential-${name}, asked for ${serverKey}`;
      running.add(program);
      const answer = runCredentialHelper(name, serverKey, options).finally(() => running.delete(program));
      answers.set(key, { asked: now(), answer });
      answer.catch(() => answers.delete(key));
      return await answer;
    },
  };
}

/**
 * Asks `docker-credential-NAME get` (docker-credential-helpers protocol).
 *
 * @throws OciError `invalid-config` when the name is not a plain program name
 * @throws CredentialFailure `invalid-config` when the helper fails, hangs or answers nonsense
 */
export async function runCredentialHelper(
  name: string,
  serverKey: string,
  options: HelperOptions,
): Promise<HelperAnswer> {
  if (!safeName.test(name))
    throw new OciError('invalid-config', 'the name of a credential helper may not contain a path');
  const program = `docker-credential-${name}`;
  const result = await run(program, serverKey, options);
  if (result === undefined) return 'not-installed';
  const text = result.output.toString('utf8').trim();
  const words = result.words.toString('utf8').trim();
  if (result.status !== 0) {
    if ([text, words].includes('credentials not found in native keychain')) return undefined;
    throw new CredentialFailure(
      'invalid-config',
      `${program} failed for ${serverKey} (exit ${result.status})${quote(words !== '' ? words : text)}`,
      { actual: `exit ${result.status}` },
    );
  }
  try {
    const answer = parseJson(result.output, answerSchema, 'invalid-config', 'answer');
    if (answer.Secret === '') return undefined;
    return answer.Username === '<token>'
      ? { identityToken: answer.Secret }
      : { username: answer.Username, password: answer.Secret };
  } catch (error) {
    if (!isOciError(error)) throw error;
    const what =
      text === ''
        ? `${program} answered nothing for ${serverKey}`
        : `${program} was asked for ${serverKey}: ${error.message}`;
    throw new CredentialFailure('invalid-config', `${what}${quote(words)}`);
  }
}

// Quotes what a helper says to its user. A text of a single word may as well be the secret itself, and so may anything that looks like the answer.
function quote(text: string): string {
  return !/\S\s+\S/.test(text) || text.startsWith('{') ? '' : `: “${harmless(text)}”`;
}

interface Result {
  readonly status: number | null;
  readonly output: Buffer;
  /** What the helper wrote to its standard error. */
  readonly words: Buffer;
}

async function run(program: string, input: string, options: HelperOptions): Promise<Result | undefined> {
  const timeoutMs = options.timeoutMs ?? 20_000; // leaves a call with the default time-out the time to continue without
  return await new Promise((resolve, reject) => {
    const env = options.path === undefined ? process.env : { ...process.env, PATH: options.path };
    const child = spawn(program, ['get'], { shell: false, windowsHide: true, stdio: ['pipe', 'pipe', 'pipe'], env });
    const stop = (): void => {
      child.kill('SIGKILL');
      // A program that the helper started may hold the pipes for as long as it likes.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const fail = (why: string, cause?: unknown): void => {
      clearTimeout(timer);
      stop();
      reject(new CredentialFailure('invalid-config', `${program} ${why}, asked for ${input}`, { cause }));
    };
    const timer = setTimeout(() => fail(`did not finish in time (${timeoutMs} ms)`), timeoutMs);
    const output = collect(child.stdout, () => fail('wrote more than 64 KiB'));
    const words = collect(child.stderr, () => undefined);
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') return fail(`could not be started (${error.code ?? 'unknown'})`, error);
      clearTimeout(timer);
      resolve(undefined);
    });
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      if (signal !== null) fail(`was ended by ${signal}`);
      else resolve({ status, output: Buffer.concat(output), words: Buffer.concat(words) });
    });
    child.stdin.on('error', () => undefined); // a helper may exit without reading
    child.stdin.end(input);
  });
}

/** Collects what comes out of a pipe, up to 64 KiB. */
function collect(pipe: Readable, onTooMuch: () => void): readonly Buffer[] {
  const chunks: Buffer[] = [];
  let size = 0;
  pipe.on('error', () => undefined); // destroyed with its program
  pipe.on('data', (chunk: Buffer) => {
    size += chunk.byteLength;
    if (size > maxOutputBytes) onTooMuch();
    else chunks.push(chunk);
  });
  return chunks;
}
