import { createSigstore, pushImage, startRegistry } from '@sigtrail/testing';
import { expect, onTestFinished, test } from 'vitest';
import { gate } from './gate.ts';

test.for([undefined, 'expired', 'untrusted', 'unlogged', 'tampered', 'misplaced'] as const)(
  'flaw: %s',
  async (flaw) => {
    const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]);
    onTestFinished(() => registry.close());
    const { reference, pinned } = pushImage(registry, 'acme/app:v1');
    await sigstore.signImage(registry, reference, { as: { githubWorkflow: { ref: 'refs/tags/v1' } }, flaw });
    const deployed = gate(reference, { trust: sigstore.trust });
    if (flaw === undefined) await expect(deployed).resolves.toBe(pinned);
    else await expect(deployed).rejects.toMatchObject({ code: 'no-match' });
  },
);
