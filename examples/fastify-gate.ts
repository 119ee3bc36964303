// A gate as a service: `POST /deploy { "image": … }` answers with the digest to run, or says why not, and when to ask again.
import { createSigstore, pushImage, startRegistry } from '@sigtrail/testing';
import Fastify, { type FastifyInstance } from 'fastify';
import { githubWorkflow, glob, isSigtrailError, createVerifier, type Verifier } from 'sigtrail';

const release = githubWorkflow({ repository: 'acme/app', workflow: 'release.yml', ref: glob('refs/tags/v*') });

function createApp(verifier: Verifier): FastifyInstance {
  const app = Fastify();
  app.post<{ Body: { image: string } }>(
    '/deploy',
    { schema: { body: { type: 'object', required: ['image'], properties: { image: { type: 'string' } } } } },
    async ({ body }, reply) => {
      const gone = new AbortController(); // the client has gone
      reply.raw.once('close', () => gone.abort());
      try {
        const { reference } = await verifier.verify(body.image, { signedBy: release }, { signal: gone.signal });
        return { deploy: reference };
      } catch (error) {
        if (!isSigtrailError(error)) throw error;
        const { code, message, report } = error;
        const retryAfterMs = report?.problems.find((problem) => problem.retryAfterMs !== undefined)?.retryAfterMs;
        if (retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(retryAfterMs / 1000));
        return reply.code(statusOf(code)).send({ code, message });
      }
    },
  );
  app.addHook('onClose', () => verifier.close());
  return app;
}

/** Refused is 403. What could not be told is no refusal: 503, ask again. */
function statusOf(code: string): number {
  if (code === 'invalid-reference') return 400;
  if (code === 'image-not-found') return 404;
  return ['unsigned', 'only-attestations', 'no-match'].includes(code) ? 403 : 503;
}

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]); // yours are ghcr.io and the public ones
const signed = pushImage(registry, 'acme/app:signed').reference;
await sigstore.signImage(registry, signed, { as: { githubWorkflow: { ref: 'refs/tags/v1.4' } } });
const unsigned = pushImage(registry, 'acme/app:unsigned').reference;

const app = createApp(createVerifier({ trust: sigstore.trust, timeoutMs: 10_000 }));
const ask = async (image: string): Promise<void> => {
  const { statusCode, headers, body } = await app.inject({ method: 'POST', url: '/deploy', payload: { image } });
  console.log(statusCode, headers['retry-after'] ?? '', body);
};

for (const image of [signed, unsigned, `${registry.host}/acme/app:gone`, 'Not A Reference']) await ask(image);
registry.configure({ throttled: { retryAfter: 30 } });
await ask(signed);

await app.close();
await registry.close();
