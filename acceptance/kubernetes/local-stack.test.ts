import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fixturesIfPresent } from '../fixtures-directory.ts';
import { type KubernetesWorld, openKubernetesWorld, programs } from './world.ts';

// Images that real cosign signed with a real Sigstore, under a real API server.

const fixtures = fixturesIfPresent();
const POLICY = `version: 1
images:
  - match: '**'
    policy:
      signedBy:
        issuer: http://127.0.0.1:5803/github
        subject: https://github.com/acme/widgets/.github/workflows/release.yml@refs/tags/v1.2.3
`;
const CASES = [
  ['legacy-keyless-github', 'pinned'],
  ['bundle-keyless-github', 'pinned'],
  ['neg-attestation-as-signature', 'refused'],
  ['neg-payload-edited', 'refused'],
  ['neg-no-sct', 'refused'],
  ['unsigned', 'refused'],
] as const;

let world: KubernetesWorld;

describe.skipIf(programs === undefined || fixtures === undefined)(
  'images that cosign signed, in a real cluster',
  () => {
    beforeAll(async () => {
      if (programs === undefined || fixtures === undefined) return;
      world = await openKubernetesWorld(programs, {
        settings: () => "namespaces: [{ names: ['*'], map: map.yaml }]\n",
      });
      const { registry, webhook } = world;
      for (const [name] of CASES) registry.loadLayout(`acme/${name}`, join(fixtures, 'local-stack', name, 'layout'));
      webhook.write('trusted_root.json', readFileSync(join(fixtures, 'local-stack/trust/trusted_root.json'), 'utf8'));
      webhook.write('map.yaml', POLICY);
      await vi.waitFor(() => expect(webhook.log()).toContain('settings-reloaded'), 20_000);
    });
    afterAll(async () => {
      await world?.[Symbol.asyncDispose]();
    });

    it.each(CASES)('%s is %s', async (name, outcome) => {
      const image = `${world.registry.host}/acme/${name}:v1`;
      const shown = ['-o', 'jsonpath={.spec.containers[0].image}'];
      const { code, output, errors } = await world.cluster.kubectl(['run', name, `--image=${image}`, ...shown]);
      if (outcome === 'refused') expect([code, errors]).toEqual([1, expect.stringContaining('denied the request')]);
      else expect([errors, output]).toEqual(['', expect.stringMatching(/:v1@sha256:[0-9a-f]{64}$/)]);
    });
  },
);
