import { createSigstore, type FakeSigstore } from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { artifact, identity, mint, now } from '../../test/attempt.ts';
import { isSigtrailError } from '../error.ts';
import { verifyBundle } from '../verify-bundle.ts';
import { glob, re2 } from './pattern.ts';

let sigstore: FakeSigstore;
beforeAll(async () => {
  sigstore = await createSigstore({ now });
});

const { subject } = identity;
const HOST = 'github.com';

/** One name in three kinds of policy. */
const SUBJECTS = {
  'the name': subject,
  'a glob': glob(subject.replace(/[^/]+\.ya?ml/, '*')),
  'an expression': re2(subject.replaceAll('.', String.raw`\.`)),
};

/** Names that something between a certificate and a person takes for another. */
const SPELLINGS: readonly (readonly [what: string, subject: string, code: string])[] = [
  ['a NUL behind it', `${subject}\0.other.test`, 'certificate-claims-malformed'],
  ['a mark that turns the reading direction', subject.replace(HOST, `\u202e${HOST}`), 'certificate-claims-malformed'],
  ['a space without width', subject.replace(HOST, 'git\u200bhub.com'), 'certificate-claims-malformed'],
  ['a Cyrillic letter', subject.replace(HOST, 'g\u0456thub.com'), 'certificate-claims-malformed'],
  ['a line break', `${subject}\n`, 'certificate-claims-malformed'],
  ['the Cyrillic letter in Punycode', subject.replace(HOST, 'xn--gthub-n4a.com'), 'identity-mismatch'],
  ['a percent sign in its host', subject.replace(HOST, 'github%2ecom'), 'identity-mismatch'],
  ['a percent sign in its path', subject.replace('/.github', '/%2egithub'), 'identity-mismatch'],
  ['a host in capitals', subject.replace(HOST, 'GITHUB.COM'), 'identity-mismatch'],
  ['a scheme in capitals', subject.replace('https', 'HTTPS'), 'identity-mismatch'],
  ['a dot behind the host', subject.replace(HOST, `${HOST}.`), 'identity-mismatch'],
  ['the host before an @', subject.replace(HOST, `${HOST}@other.test`), 'identity-mismatch'],
  ['the port that goes without saying', subject.replace(HOST, `${HOST}:443`), 'identity-mismatch'],
  ['a folder and back', subject.replace('/.github', '/x/../.github'), 'identity-mismatch'],
  ['a second slash', subject.replace(`${HOST}/`, `${HOST}//`), 'identity-mismatch'],
  ['a space behind it', `${subject} `, 'identity-mismatch'],
];

async function outcome(value: string, policy: (typeof SUBJECTS)[keyof typeof SUBJECTS]): Promise<string> {
  const { bundle, trust } = await mint(sigstore, { certificate: { san: [{ kind: 'uri', value }] } });
  const options = { trust: { json: JSON.stringify(trust) }, now: () => now };
  try {
    await verifyBundle(bundle, artifact, { signedBy: { ...identity, subject: policy } }, options);
    return 'verified';
  } catch (error) {
    if (isSigtrailError(error)) return error.candidate?.refusedBecause ?? error.code;
    throw error;
  }
}

describe.each(Object.entries(SUBJECTS))('%s', (_, policy) => {
  it('accepts a certificate of exactly this name', async () => {
    expect(await outcome(subject, policy)).toBe('verified');
  });

  it.each(SPELLINGS)('refuses %s', async (__, value, code) => {
    expect(await outcome(value, policy)).toBe(code);
  });
});
