import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigstore, generateKeyPair } from '@sigtrail/testing';
import type { TrustedRoot } from 'sigtrail/trust';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readDenyList, readPemCertificates, trustOf } from './trust-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'sigtrail-trust-'));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const { ca } = await createSigstore();
const pem = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
const chain = ca.chain.map(pem);
const root = file('root.pem', chain.at(-1) ?? '');
const whole = file('chain.pem', chain.join(''));
const key = file('log.pub', generateKeyPair().pem);
const document = file('trusted_root.json', '{}');
const tufRoot = file('root.json', '{"signed":{"_type":"root"}}');

afterEach(() => vi.unstubAllEnvs());

describe('trust by flags and environment', () => {
  it('is the default if nothing says otherwise', async () => {
    expect(await trustOf({})).toBeUndefined();
  });

  it('is the trusted root alone if one is given', async () => {
    vi.stubEnv('SIGSTORE_REKOR_PUBLIC_KEY', key);
    expect(await trustOf({ trustedRoot: document })).toEqual({ file: document });
  });

  it.each<[string, readonly string[], object]>([
    ['one file', [document], { file: document }],
    ['one file with its profile', [`github=${document}`], { file: document, profile: 'github' }],
    ['a profile for each line', [`fulcio,github=${document}`], { file: document, profile: ['fulcio', 'github'] }],
    ['several files', [document, `github=${document}`], [{ file: document }, { file: document, profile: 'github' }]],
  ])('is every trusted root that is named: %s', async (_what, trustedRoot, expected) => {
    expect(await trustOf({ trustedRoot })).toEqual(expected);
  });

  it('has the profile of --trust-profile if a root names none', async () => {
    expect(await trustOf({ trustedRoot: [document, `github=${document}`], trustProfile: 'pki' })).toEqual([
      { file: document, profile: 'pki' },
      { file: document, profile: 'github' },
    ]);
  });

  it.each([
    ['a chain', { certificateChain: whole }],
    ['roots', { caRoots: root }],
    ['roots and intermediates', { caRoots: root, caIntermediates: whole }],
  ])('is made of %s, with the logs of the environment', async (_, flags) => {
    vi.stubEnv('SIGSTORE_REKOR_PUBLIC_KEY', key);
    vi.stubEnv('SIGSTORE_CT_LOG_PUBLIC_KEY_FILE', key);
    // What it trusts is opaque; that each part was read is seen by spoiling it.
    expect(await trustOf(flags)).toBeDefined();
    vi.stubEnv('SIGSTORE_CT_LOG_PUBLIC_KEY_FILE', root);
    await expect(trustOf(flags)).rejects.toThrow(/PUBLIC KEY/);
  });

  it.each([
    ['a chain', { certificateChain: whole }],
    ['roots', { caRoots: root }],
    ['roots and intermediates', { caRoots: root, caIntermediates: whole }],
  ])('lets the bundles of %s hold chains where a flag says so', async (_, flags) => {
    const relaxed = { profile: 'pki', relax: ['single-certificate'] };
    const authorities = async (more: object): Promise<readonly string[]> => {
      const root = (await trustOf({ ...flags, ...more })) as TrustedRoot;
      return root.certificateAuthorities.map(({ profile, relax }) => [profile, ...relax].join(' '));
    };
    expect(new Set(await authorities({ allowCertificateChain: true }))).toEqual(new Set(['pki single-certificate']));
    expect(new Set(await authorities({}))).toEqual(new Set(['fulcio']));
    expect(await trustOf({ trustedRoot: document, allowCertificateChain: true })).toEqual({
      file: document,
      ...relaxed,
    });
  });

  it('is made of the environment alone', async () => {
    vi.stubEnv('SIGSTORE_ROOT_FILE', whole);
    vi.stubEnv('SIGSTORE_TSA_CERTIFICATE_FILE', whole);
    expect(await trustOf({})).toBeDefined();
  });

  it('takes a profile for a trusted root', async () => {
    expect(await trustOf({ trustedRoot: document, trustProfile: 'github' })).toEqual({
      file: document,
      profile: 'github',
    });
  });

  it.each([{ tuf: true }, { tufMirror: 'https://tuf.acme.test', tufRoot }, { tufCache: folder }])(
    'is a TUF repository where a flag of it is given, whatever the environment says: %j',
    async (flags) => {
      vi.stubEnv('SIGSTORE_ROOT_FILE', join(folder, 'none.pem'));
      expect(await trustOf(flags)).toBeTypeOf('function');
    },
  );

  it.each([
    ['a mirror without its root', { tufMirror: 'https://tuf.acme.test' }, /--tuf-mirror needs --tuf-root/],
    ['a root that is not there', { tufRoot: join(folder, 'none.json') }, /--tuf-root: there is no file /],
    ['a mirror that is not an address', { tufMirror: 'tuf', tufRoot }, /"mirror" must be an http\(s\) URL/],
    ['a trusted root and TUF', { trustedRoot: 'x', tuf: true }, /--trusted-root and --tuf exclude/],
    ['an own PKI and TUF', { caRoots: root, tufCache: folder }, /--tuf-cache and --ca-roots exclude/],
    ['TUF offline without a cache', { tuf: true, offline: true }, /--offline with TUF needs --tuf-cache/],
    ['chains in bundles under TUF', { tuf: true, allowCertificateChain: true }, /needs a private PKI/],
    ['an unknown profile', { trustedRoot: 'x', trustProfile: 'key' }, /must be fulcio, github, pki/],
    ['a profile of nothing', { trustProfile: 'github' }, /needs --trusted-root or --tuf/],
    ['a profile of an own PKI', { trustProfile: 'pki', caRoots: root }, /needs --trusted-root or --tuf/],
    [
      'two profiles',
      { trustedRoot: 'x', trustProfile: 'github', allowCertificateChain: true },
      /leave --trust-profile out/,
    ],
    ['a profile without a file', { trustedRoot: ['github='] }, /--trusted-root is empty/],
    ['an unknown profile', { trustedRoot: ['gitlab=x.json'] }, /there is no file gitlab=x\.json/],
    [
      'a root of another profile and chains',
      { trustedRoot: [`github=${document}`], allowCertificateChain: true },
      /name no other profile at --trusted-root/,
    ],
    ['a trusted root and an own PKI', { trustedRoot: 'x', caRoots: root }, /exclude each other/],
    ['a chain and roots', { certificateChain: whole, caRoots: root }, /exclude each other/],
    ['intermediates without roots', { caIntermediates: whole }, /--ca-roots/],
    ['chains in bundles without own anchors', { allowCertificateChain: true }, /needs a private PKI/],
    ['a file that is not there', { caRoots: join(folder, 'none.pem') }, /there is no file /],
    ['a chain without certificates', { certificateChain: key }, /no PEM block/],
  ])('is not made of %s', async (_, flags, message) => {
    await expect(trustOf(flags)).rejects.toThrow(message);
  });

  it('refuses a malformed log key', async () => {
    vi.stubEnv('SIGSTORE_REKOR_PUBLIC_KEY', whole);
    await expect(trustOf({})).rejects.toThrow(/PUBLIC KEY/);
  });
});

describe('files of other kinds', () => {
  it('are certificates in PEM, in their order', () => {
    expect(readPemCertificates(chain.join('text between\n'), 'x')).toEqual(
      ca.chain.map((der) => Buffer.from(der).toString('base64')),
    );
  });

  it('are deny-lists in JSON', async () => {
    expect(await readDenyList(file('deny.json', '{"keys":[]}'))).toEqual({ keys: [] });
    await expect(readDenyList(file('bad.json', '{'))).rejects.toThrow(/not JSON/);
  });
});
