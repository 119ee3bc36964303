// A gate as a service: `POST /deploy { "image": … }` answers with the digest to run, or says why not and when to ask again.
import { createSigstore, pushImage, startRegistry } from '@sigtrail/testing';
import { createVerifier } from 'sigtrail';
import { createApp } from './fastify-app.ts';

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]); // yours are ghcr.io and the public ones
const signed = pushImage(registry, 'acme/app:signed').reference;
await sigstore.signImage(registry, signed, { as: { githubWorkflow: { ref: 'refs/tags/v1.4' } } });
const unsigned = pushImage(registry, 'acme/app:unsigned').reference;

const app = createApp(createVerifier({ trust: sigstore.trust }), 10_000);
const ask = async (image: string): Promise<void> => {
  const { statusCode, headers, body } = await app.inject({ method: 'POST', url: '/deploy', payload: { image } });
  console.log(statusCode, headers['retry-after'] ?? '', body);
};

for (const image of [signed, unsigned, `${registry.host}/acme/app:gone`, 'Not A Reference']) await ask(image);
registry.configure({ throttled: { retryAfter: 30 } });
await ask(signed);

await app.close();
await registry.close();
