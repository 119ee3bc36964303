import { ClaimsError } from '@sigtrail/fulcio-claims';
import { isHttpError } from '@sigtrail/http';
import { RekorError } from '@sigtrail/rekor';
import { startProxy, startRegistry, startTufRepository } from '@sigtrail/testing';
import { isOciError, OciError, type OciErrorCode } from 'oci-client-lite';
import { afterEach, describe, expect, it } from 'vitest';
import { isSigtrailError } from './error.ts';
import { toProblem, toSigtrailError } from './lower-errors.ts';
import { tufTrust } from './trust/tuf/tuf-trust.ts';
import { createVerifier, type Verifier } from './verifier.ts';

const WHAT = 'could not read ghcr.io/acme/app';
const REFERENCE = 'registry.test/acme/app:1';
const policy = { signedBy: { issuer: 'https://x.example', subject: 'https://x.example/y' } } as const;

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

function causesOf(error: unknown): readonly unknown[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

async function rejectionOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('an error of the registry client', () => {
  it.each<readonly [OciErrorCode, string, string]>([
    ['invalid-reference', 'invalid-reference', 'invalid-reference'],
    ['invalid-digest', 'invalid-reference', 'invalid-digest'],
    ['invalid-layout', 'invalid-reference', 'invalid-layout'],
    ['not-found', 'image-not-found', 'image-not-found'],
    ['timeout', 'timeout', 'timeout'],
    ['aborted', 'registry', 'aborted'],
    ['rate-limited', 'registry', 'rate-limited'],
    ['network', 'registry', 'network'],
    ['proxy', 'registry', 'proxy'],
    ['digest-mismatch', 'registry', 'digest-mismatch'],
    ['invalid-config', 'registry', 'invalid-config'],
  ])('%s is thrown as %s and named as %s, and stays the cause', (code, thrown, named) => {
    const cause = new OciError(code, 'it said no', { retryAfterMs: 5 });
    const error = toSigtrailError(cause, WHAT);
    expect([error.code, error.cause]).toEqual([thrown, cause]);
    expect(error.message).toContain('it said no');
    expect(toProblem(cause, WHAT)).toEqual({ code: named, message: `${WHAT}: it said no`, retryAfterMs: 5 });
  });
});

it('an error of a log keeps its code in a problem', () => {
  const error = new RekorError('rate-limited', 'too many questions', { retryAfterMs: 7 });
  expect(toProblem(error, 'https://log.test')).toEqual({
    code: 'rate-limited',
    message: 'https://log.test: too many questions',
    retryAfterMs: 7,
  });
  expect(toProblem(new RekorError('not-found', 'no such entry'), 'x').code).toBe('not-found');
});

it('an error of the certificate reader is invalid-certificate, and stays the cause', () => {
  const cause = new ClaimsError('invalid-der', 'not DER');
  expect(toSigtrailError(cause, WHAT)).toMatchObject({ code: 'invalid-certificate', message: 'not DER', cause });
});

it.each([
  ['a mistake in code', new TypeError('x is not a function')],
  ['a module that is missing', Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })],
  ['what is no error', 'text'],
])('%s is thrown as it is', (_, error) => {
  expect(thrownBy(() => toSigtrailError(error, WHAT))).toBe(error);
  expect(thrownBy(() => toProblem(error, WHAT))).toBe(error);
});

describe('at the door', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });
  const opened = (registry: object): Verifier => {
    const verifier = createVerifier({ registry });
    open.push(verifier);
    return verifier;
  };

  it.each([407, 403, 502])(
    'a proxy that answers %i is a proxy, not the network and not the registry',
    async (status) => {
      const proxy = await startProxy({ status });
      open.push(proxy);
      const verifier = opened({ proxy: () => new URL(proxy.url), retries: 0 });
      const report = await verifier.evaluate(REFERENCE, policy);
      expect(report).toMatchObject({ verdict: 'indeterminate', problems: [{ code: 'proxy' }] });
      expect(report.problems[0]?.message).toContain(`the proxy 127.0.0.1:`);
      const error = await rejectionOf(verifier.inspect(REFERENCE));
      expect(isSigtrailError(error) && error.code).toBe('registry');
      const cause = isSigtrailError(error) ? error.cause : undefined;
      expect(isOciError(cause) && [cause.code, isHttpError(cause.cause)]).toEqual(['proxy', true]);
    },
  );

  it('a proxy that is not there is a proxy, too', async () => {
    const verifier = opened({ proxy: () => new URL('http://127.0.0.1:1'), retries: 0 });
    expect(await verifier.evaluate(REFERENCE, policy)).toMatchObject({ problems: [{ code: 'proxy' }] });
  });

  it('a missing module is thrown as it is, never reported as a network failure', async () => {
    const missing = Object.assign(new Error("Cannot find package 'undici'"), { code: 'ERR_MODULE_NOT_FOUND' });
    const verifier = opened({ transport: { exchange: async () => Promise.reject(missing), spaceOf: () => 'public' } });
    expect(await rejectionOf(verifier.evaluate(REFERENCE, policy))).toBe(missing);
    expect(await rejectionOf(verifier.inspect(REFERENCE))).toBe(missing);
  });

  it('keeps the failure of the registry as the cause of what verifying throws, beside the report', async () => {
    const verifier = opened({ retries: 0, insecureRegistries: ['*'] });
    const error = await rejectionOf(verifier.verify('127.0.0.1:1/acme/app:1', policy));
    const cause = isSigtrailError(error) ? error.cause : undefined;
    expect(isOciError(cause) && cause.code).toBe('network');
    expect(error).toMatchObject({ code: 'indeterminate', report: { verdict: 'indeterminate' } });
    expect(String(error)).toMatch(
      /^SigtrailError: could not read 127\.0\.0\.1:1\/acme\/app:1: no answer from [^:]+:1 /,
    );
  });

  it('says in one sentence that an image is not there, and what to do', async () => {
    const registry = await startRegistry();
    open.push(registry);
    const reference = `${registry.host}/acme/app:no-such-tag`;
    const verifier = opened({ insecureRegistries: ['*'] });
    for (const error of [
      await rejectionOf(verifier.verify(reference, policy)),
      await rejectionOf(verifier.inspect(reference)),
    ]) {
      expect(error).toMatchObject({ code: 'image-not-found', cause: { code: 'not-found', status: 404 } });
      expect(error).toHaveProperty(
        'message',
        `${reference} is not there (the registry answered 404 NAME_UNKNOWN); check the repository and the tag or digest`,
      );
    }
  });

  it('keeps the failure of a trust provider as the cause', async () => {
    const failure = new Error('the vault is sealed');
    const verifier = createVerifier({ trust: async () => Promise.reject(failure) });
    open.push(verifier);
    for (const work of [verifier.verify(REFERENCE, policy), verifier.inspect(REFERENCE)])
      expect(await rejectionOf(work)).toHaveProperty('cause', failure);
  });

  it('a mirror that does not answer is trust-unavailable, with the way down to the failure', async () => {
    const repository = await startTufRepository(new Date());
    await repository[Symbol.asyncDispose]();
    const trust = tufTrust({ mirror: repository.mirror, root: repository.root });
    const error = await rejectionOf(trust(new Date()));
    expect(error).toMatchObject({ code: 'trust-unavailable' });
    expect(causesOf(error).some((cause) => isHttpError(cause) && cause.code === 'network')).toBe(true);
  });
});
