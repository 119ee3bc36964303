// The same gate in Express: ten lines.
import { createSigstore, pushImage, startRegistry } from '@sigtrail/testing';
import express from 'express';
import type { AddressInfo } from 'node:net';
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
const app = express().use(express.json());
app.post('/deploy', async (request, response) => {
  const { image } = request.body as { readonly image: string }; // anything but a string throws a TypeError: 500
  const { status, headers, body } = await answerFor(verifier, image, policy, 10_000);
  response.status(status).set(headers).json(body);
});

const server = app.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/deploy`;
for (const image of [reference, unsigned]) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ image }) });
  console.log(answer.status, await answer.text());
}

server.close();
server.closeAllConnections();
await verifier.close();
await registry.close();
