// A deploy gate in Fastify: a decorator that any route can ask. fastify-gate.ts runs it; fastify-app.test.ts asks 200 questions at once.
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { githubWorkflow, glob, type Verifier } from 'sigtrail';
import { answerFor } from './image-answer.ts';

declare module 'fastify' {
  interface FastifyReply {
    /** Answers the request with the digest to deploy, or with the reason not to. */
    deployable(image: string): Promise<FastifyReply>;
  }
}

export function createApp(verifier: Verifier, deadlineMs: number): FastifyInstance {
  const policy = {
    signedBy: githubWorkflow({ repository: 'acme/app', workflow: 'release.yml', ref: glob('refs/tags/v*') }),
  };
  const app = Fastify();
  app.decorateReply('deployable', async function (this: FastifyReply, image) {
    const gone = new AbortController(); // the client has gone and needs no answer
    this.raw.once('close', () => gone.abort());
    const { status, headers, body } = await answerFor(verifier, image, policy, deadlineMs, gone.signal);
    return this.code(status).headers(headers).send(body);
  });
  app.post<{ Body: { image: string } }>(
    '/deploy',
    { schema: { body: { type: 'object', required: ['image'], properties: { image: { type: 'string' } } } } },
    async ({ body }, reply) => reply.deployable(body.image),
  );
  app.addHook('onClose', () => verifier.close());
  return app;
}
