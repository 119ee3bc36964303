import { describe, expect, it } from 'vitest';
import { checkRealm } from './realm-policy.ts';

const registry = 'https://registry.test/v2/';

describe('the token server of a challenge', () => {
  it('is an address of http or https', async () => {
    expect((await checkRealm('https://auth.test/token#part', registry, 'any')).href).toBe('https://auth.test/token');
  });

  it.each([
    ['token server', '“token server”'],
    ['/auth/token', '“/auth/token”'],
    ['ftp://auth.test/token', '“ftp://auth.test/token”'],
    ['https://', '“https://”'],
    ['joe:hunter2@auth.test', '“auth.test”'],
    ['\u202Eevil\n', '“evil”'],
  ])('is named as the registry wrote it if it is not an address: %j', async (realm, written) => {
    await expect(checkRealm(realm, registry, 'any')).rejects.toMatchObject({
      code: 'blocked-redirect',
      message: `registry.test names ${written} as its token server, in the realm of its challenge; expected an http or https address: tell those who run the registry`,
    });
  });

  it('has no user, whose password is in no message', async () => {
    const refused = checkRealm('https://joe:hunter2@auth.test/token', registry, 'any');
    await expect(refused).rejects.toMatchObject({
      message:
        'registry.test names a token server at auth.test with a user in its address, which this client does not send',
      url: expect.not.stringContaining('hunter2'),
    });
  });

  it('is not asked in plain http for a registry of https', async () => {
    await expect(checkRealm('http://auth.test/token', registry, 'any')).rejects.toThrow(
      /registry\.test is reached over https, but names a token server at auth\.test over plain http/,
    );
  });
});
