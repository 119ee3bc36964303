import { readFileSync } from 'node:fs';
import { GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { evaluateImage } from 'sigtrail';
import { attested } from 'sigtrail/policy';
import { expect, it } from 'vitest';
import { createDockerImage } from '../../packages/sigtrail/test/docker-image.ts';
import { DOCKER_CASES } from '../docker/cases.ts';
import { buildPolicyHelper } from '../docker/policy-helper.ts';
import { findProgram } from './programs.ts';

const policy = attested('slsaprovenance1', { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW });

it('shows each case in the page about it', () => {
  const page = readFileSync(new URL('../../docs/docker-signatures.md', import.meta.url), 'utf8');
  const rows = DOCKER_CASES.map(
    ({ name, accepted, ours, because = '' }) =>
      `| ${name} | ${accepted ? 'accepts' : 'refuses'} | ${ours} | ${because === '' ? '' : `${because} `}|`,
  );
  expect(rows.filter((row) => !page.includes(row))).toEqual([]);
});

// The same image for each case, in a registry of its own; one Sigstore, since Docker's verifier is built around its root.
it.skipIf(findProgram('go') === undefined)(
  'verifies what Docker’s own verifier accepts, and refuses what it refuses, but for differences that are named',
  async () => {
    const now = new Date();
    const first = await createDockerImage({}, now);
    const docker = await buildPolicyHelper(first.options.trust.json);
    const rows: unknown[] = [];
    for (const { name, make, because } of DOCKER_CASES) {
      const image = await createDockerImage({}, now, first.sigstore);
      make(image);
      const ours = await evaluateImage(image.reference, policy, { ...image.options, platforms: ['linux/amd64'] });
      const { accepted, says } = await docker.verify(image.reference, 'linux/amd64');
      rows.push({ name, ours: ours.verdict, accepted, ...(because === undefined ? {} : { because }) });
      // A refusal for want of a root would look like agreement.
      expect(says).not.toMatch(/TUF|trust provider|trusted root/);
      await image.close();
    }
    docker.remove();
    await first.close();
    expect(rows).toEqual(
      DOCKER_CASES.map(({ name, ours, accepted, because }) => ({
        name,
        ours,
        accepted,
        ...(because === undefined ? {} : { because }),
      })),
    );
    for (const { ours, accepted, because } of DOCKER_CASES)
      expect(because === undefined).toBe((ours === 'verified') === accepted);
  },
  300_000,
);
