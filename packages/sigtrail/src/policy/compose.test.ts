import { GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import { githubWorkflow, gitlabPipeline } from './ci-rules.ts';
import { acceptImage, allOf, anyOf, atLeast, attested, not, notAffected, signedBy } from './compose.ts';
import { githubRelease } from './github-release.ts';
import { parsePolicy } from './parse-policy.ts';
import { slsa } from './slsa.ts';
import { vsa } from './vsa.ts';

const rule = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const builderId = 'https://builder.test';
const wrong = { ...rule, isuer: 'https://issuer.test' };
const yes = (): true => true;
/** The types refuse these mistakes; a caller without types makes them. */
type Loose = never;

describe('a misspelt member is refused where it is written', () => {
  it.each<[string, () => unknown, string]>([
    ['githubWorkflow', () => githubWorkflow({ repository: 'acme/app', triger: 'push' } as Loose), 'trigger'],
    ['githubWorkflow, a required one', () => githubWorkflow({ repositry: 'acme/app' } as Loose), 'repository'],
    ['gitlabPipeline', () => gitlabPipeline({ project: 'acme/app', projctId: '1' } as Loose), 'projectId'],
    ['githubRelease', () => githubRelease({ repository: 'acme/app', tga: 'v1' } as Loose), 'tag'],
    ['signedBy', () => signedBy(wrong), 'issuer'],
    ['signedBy, in a list', () => signedBy([rule, wrong]), 'issuer'],
    ['attested', () => attested('vuln', wrong), 'issuer'],
    ['atLeast', () => atLeast(1, [wrong]), 'issuer'],
    ['allOf', () => allOf({ singedBy: rule } as Loose), 'signedBy'],
    ['anyOf', () => anyOf({ signedBy: rule }, { signedBy: wrong }), 'issuer'],
    ['not', () => not({ signdBy: rule } as Loose), 'signedBy'],
    ['notAffected', () => notAffected({ signedBy: rule, refuses: ['affected'] } as Loose), 'refuse'],
    ['acceptImage', () => acceptImage({ run: yes, timeoutM: 5 } as Loose), 'timeoutMs'],
    ['slsa', () => slsa({ builderId, sourceUrl: 'x' } as Loose), 'sourceUri'],
    ['vsa', () => vsa({ verifierId: 'https://verifier.test', level: [] } as Loose), 'levels'],
  ])('%s', (_, write, meant) => {
    expect(write).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        code: 'unknown-option',
        message: expect.stringContaining(`did you mean ${meant}?`) as string,
      }),
    );
  });
});

it('names the place of a mistake within what is written', () => {
  expect(() => allOf(signedBy(rule), { anyOf: [{ signedBy: wrong }] })).toThrow('"allOf[1].anyOf[0].signedBy.isuer"');
});

it('gives back a part that is right, and the whole can be used', () => {
  const policy = allOf(
    signedBy(rule),
    attested('slsaprovenance1', rule, slsa({ builderId })),
    not(signedBy({ issuer: GITHUB_ISSUER, subject: 'https://github.com/mallory/app' })),
    acceptImage(yes),
  );
  expect(parsePolicy(policy).needsAttestations).toBe(true);
});
