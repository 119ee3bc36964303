import type { Fault } from '@sigtrail/testing';
import { isOciError } from 'oci-client-lite';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identity } from '../test/attempt.ts';
import { createImage, type ImageUnderTest } from '../test/image-under-test.ts';
import { isSigtrailError, type SigtrailErrorCode } from './error.ts';
import { replay } from './replay/replay.ts';
import { createVerifier, type Verifier } from './verifier.ts';

// What docs/errors.md says of each code of the facade, provoked.

const policy = { signedBy: identity };
let image: ImageUnderTest;
let verifier: Verifier;
beforeEach(async () => {
  image = await createImage();
  verifier = createVerifier({ ...image.options, registry: { retries: 0 } });
});
afterEach(async () => {
  await verifier.close();
  await image.close();
});

const sign = (signed: object = {}): void =>
  image.attachBundle(
    image.sigstore.signBundle({ statement: { imageDigest: image.digest, ...signed }, signer: image.signer }),
  );
const attest = (): void => sign({ predicateType: 'https://slsa.dev/provenance/v1' });
const withTrust = async (trust: object, ask: (other: Verifier) => Promise<unknown>): Promise<unknown> => {
  await using other = createVerifier({ ...image.options, trust: trust as { json: string } });
  return await ask(other);
};

/** How a caller comes to see the code, or the test that shows it where that takes a world of its own. */
const PROVOKED: Record<SigtrailErrorCode, (() => Promise<unknown>) | { readonly shownIn: string }> = {
  'invalid-reference': async () => verifier.verify('ghcr.io/Acme/App', policy),
  'image-not-found': async () => verifier.verify(`${image.registry.host}/${image.repository}:v2`, policy),
  unsigned: async () => verifier.verify(image.reference, policy),
  'no-attestation': async () => verifier.verifyAttestations(image.reference, { ...policy, type: 'slsaprovenance1' }),
  'only-attestations': async () => {
    attest();
    return verifier.verify(image.reference, policy);
  },
  'no-match': async () => {
    sign();
    return verifier.verify(image.reference, { signedBy: { ...identity, subject: 'https://github.com/other/one' } });
  },
  'ambiguous-platform': { shownIn: 'platforms/stranger-index.test.ts' },
  indeterminate: async () => {
    image.registry.fail({ fault: { kind: 'status', status: 500 } });
    return verifier.verify(image.reference, policy);
  },
  'invalid-trusted-root': async () => withTrust({ json: '{}' }, async (other) => other.verify(image.reference, policy)),
  'trust-unavailable': async () =>
    withTrust({ file: join(import.meta.dirname, 'nowhere.json') }, async (other) =>
      other.verify(image.reference, policy),
    ),
  'trust-expired': { shownIn: 'trust/tuf/tuf-trust.test.ts' },
  'invalid-bundle': async () => verifier.verifyBundle('{}', `sha256:${'0'.repeat(64)}`, policy),
  'invalid-certificate': { shownIn: 'lower-errors.test.ts' },
  'invalid-key': { shownIn: 'keys/parse-key.test.ts' },
  'invalid-journal': { shownIn: 'many/journal.test.ts' },
  'invalid-policy': { shownIn: 'policy-file/document/document.test.ts' },
  'invalid-capsule': async () => replay('{}'),
  registry: async () => {
    image.registry.fail({ fault: { kind: 'status', status: 500 } });
    return verifier.inspect(image.reference);
  },
  timeout: async () => {
    image.registry.fail({ fault: { kind: 'hang' } });
    return verifier.inspect(image.reference, { timeoutMs: 200 });
  },
  deadline: async () => verifier.inspect(image.reference, { deadline: new Date(0) }),
  overloaded: { shownIn: 'many-images.test.ts' },
  closed: async () => {
    await verifier.close();
    return verifier.verify(image.reference, policy);
  },
};

describe.each(Object.entries(PROVOKED))('%s', (code, how) => {
  it('is what docs/errors.md says', async () => {
    if (typeof how === 'function') {
      const error = await how().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(isSigtrailError(error) ? error.code : error).toBe(code);
    } else expect(await readFile(join(import.meta.dirname, how.shownIn), 'utf8')).toContain(`'${code}'`);
  });
});

describe('a registry’s error', () => {
  const FAULTS: readonly [string, Fault, string][] = [
    ['401', { kind: 'status', status: 401 }, 'unauthorized'],
    ['403', { kind: 'status', status: 403 }, 'denied'],
    ['429', { kind: 'status', status: 429, retryAfter: 61 }, 'rate-limited'],
    ['500', { kind: 'status', status: 500 }, 'server-error'],
    ['a page for people', { kind: 'html' }, 'invalid-manifest'],
  ];
  const ASKED: readonly [string, string, () => Promise<unknown>][] = [
    ['verify', 'indeterminate', () => verifier.verify(image.reference, policy)],
    ['inspect', 'registry', () => verifier.inspect(image.reference)],
    ['track', 'registry', () => verifier.track(image.reference, { logs: [] })],
  ];

  it.each(
    FAULTS.flatMap(([name, fault, code]) =>
      ASKED.map(([verb, thrown, ask]) => [name, verb, fault, code, thrown, ask] as const),
    ),
  )('%s stays the cause of what %s throws', async (_, __, fault, code, thrown, ask) => {
    image.registry.fail({ fault });
    const error: unknown = await ask().catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: 'SigtrailError', code: thrown });
    const cause = error instanceof Error ? error.cause : undefined;
    expect(isOciError(cause) ? cause.code : cause).toBe(code);
    if (code === 'rate-limited') expect(cause).toMatchObject({ retryAfterMs: 61_000 });
  });
});

it('a time-out of a call with a verdict is a problem of its report', async () => {
  image.registry.fail({ fault: { kind: 'hang' } });
  await expect(verifier.verify(image.reference, policy, { timeoutMs: 200 })).rejects.toMatchObject({
    code: 'indeterminate',
    report: { problems: [{ code: 'timeout' }] },
  });
});
