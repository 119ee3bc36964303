import { createSigstore, pushImage, startRegistry } from '@sigtrail/testing';
import { createVerifier } from 'sigtrail';
import { expect, it } from 'vitest';
import { createApp } from './fastify-app.ts';

it('answers 200 requests at once over a slow registry, each rightly and in time', { timeout: 120_000 }, async () => {
  const [registry, sigstore] = await Promise.all([startRegistry({ delayMs: 100 }), createSigstore()]);
  const signed = pushImage(registry, 'acme/app:signed').reference;
  await sigstore.signImage(registry, signed, { as: { githubWorkflow: { ref: 'refs/tags/v1.4' } } });
  const unsigned = pushImage(registry, 'acme/app:unsigned').reference;
  const app = createApp(createVerifier({ trust: sigstore.trust }), 60_000);
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/deploy`;
  const ask = async (image: string): Promise<readonly [number, object]> => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ image }),
    });
    return [answer.status, (await answer.json()) as object];
  };
  try {
    const images = Array.from({ length: 200 }, (_, index) => (index % 4 === 3 ? unsigned : signed));
    const answers = await Promise.all(images.map(ask));
    for (const [index, [status, body]] of answers.entries())
      if (images[index] === signed)
        expect([status, body]).toEqual([200, { deploy: expect.stringContaining('@sha256:') as string }]);
      else expect([status, body]).toMatchObject([403, { code: 'unsigned' }]);
    // A missed deadline is not a refusal.
    const late = createApp(createVerifier({ trust: sigstore.trust }), 50);
    const { statusCode } = await late.inject({ method: 'POST', url: '/deploy', payload: { image: signed } });
    expect(statusCode).toBe(504);
    await late.close();
  } finally {
    await app.close();
    await registry.close();
  }
});
