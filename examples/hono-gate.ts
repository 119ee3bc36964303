// The same gate in Hono: ten lines.
import { createSigstore, pushImage, startRegistry } from '@sigtrail/testing';
import { Hono } from 'hono';
import { createVerifier, githubWorkflow, glob } from 'sigtrail';
import { answerFor } from './image-answer.ts';

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]); // yours are ghcr.io and the public ones
const { reference } = pushImage(registry, 'acme/app:v1.4');
await sigstore.signImage(registry, reference, { as: { githubWorkflow: { ref: 'refs/tags/v1.4' } } });
const { reference: unsigned } = pushImage(registry, 'acme/app:unsigned');

const verifier = createVerifier({ trust: sigstore.trust });
const policy = {
  signedBy: githubWorkflow({ repository: 'acme/app', workflow: 'release.yml', ref: glob('refs/tags/v*') }),
};
const app = new Hono();
app.post('/deploy', async (context) => {
  const { image } = await context.req.json<{ readonly image: string }>();
  const { status, headers, body } = await answerFor(verifier, image, policy, 10_000, context.req.raw.signal);
  return context.json(body, status, headers);
});

for (const image of [reference, unsigned]) {
  const answer = await app.request('/deploy', { method: 'POST', body: JSON.stringify({ image }) });
  console.log(answer.status, await answer.text());
}

await verifier.close();
await registry.close();
