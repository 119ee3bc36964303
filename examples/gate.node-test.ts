import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSigstore, pushImage, startRegistry } from '@sigtrail/testing';
import { gate } from './gate.ts';

for (const flaw of [undefined, 'expired', 'untrusted', 'unlogged', 'tampered', 'misplaced'] as const)
  test(`flaw: ${flaw}`, async (t) => {
    const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]);
    t.after(() => registry.close());
    const { reference, pinned } = pushImage(registry, 'acme/app:v1');
    await sigstore.signImage(registry, reference, { as: { githubWorkflow: { ref: 'refs/tags/v1' } }, flaw });
    const deployed = gate(reference, { trust: sigstore.trust });
    if (flaw === undefined) assert.equal(await deployed, pinned);
    else await assert.rejects(deployed, { code: 'no-match' });
  });
