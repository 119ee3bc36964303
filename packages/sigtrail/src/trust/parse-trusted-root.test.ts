import { createSigstore } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import { isRekorError } from '@sigtrail/rekor';
import { isSigtrailError } from '../error.ts';
import { parseTrustedRoot } from './parse-trusted-root.ts';
import { PUBLIC_GOOD_ROOT } from './public-good-root.ts';

function refusalOf(input: string): unknown {
  try {
    parseTrustedRoot(input);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('parseTrustedRoot', () => {
  it.each(['"a text"', JSON.stringify(PUBLIC_GOOD_ROOT), '1', 'null', '[]', '{', '{"mediaType":"a"}'])(
    'refuses %.40s, which is no document of trust anchors',
    (text) => {
      expect(refusalOf(text)).toMatchObject({ name: 'SigtrailError', code: 'invalid-trusted-root' });
    },
  );

  it('refuses a fault in the key of a log with its place, and keeps the cause', () => {
    const error = refusalOf(PUBLIC_GOOD_ROOT.replace('PKIX_ECDSA_P256_SHA_256', 'PKIX_ED25519'));
    expect(error).toMatchObject({ code: 'invalid-trusted-root', path: 'tlogs[0].publicKey.keyDetails' });
    expect(isSigtrailError(error) && isRekorError(error.cause)).toBe(true);
  });

  it.each(['certificateAuthorities', 'timestampAuthorities'] as const)(
    'refuses a chain of %s that is written root first, with its place',
    async (name) => {
      const root = (await createSigstore()).trustedRoot();
      const chain = root[name][0]?.certChain.certificates ?? [];
      expect(chain.length).toBeGreaterThan(1);
      parseTrustedRoot(JSON.stringify(root));
      chain.reverse();
      expect(refusalOf(JSON.stringify(root))).toMatchObject({
        code: 'invalid-trusted-root',
        path: `${name}[0].certChain.certificates`,
        message: expect.stringContaining('root first') as string,
      });
    },
  );
});
