import { Agent, request } from 'node:https';
import type { Cluster } from './cluster.ts';

/** What the API server answered to the creation of a Pod. */
export interface Created {
  readonly status: number;
  readonly milliseconds: number;
  readonly message: string;
  /** The images of the Pod that is stored. */
  readonly images: readonly string[];
}

/** Creates Pods without a process for each, as controllers do. */
export interface PodMaker extends Disposable {
  create(containers: readonly string[]): Promise<Created>;
}

/** For the namespace `default`; every Pod gets its own name. */
export function openPodMaker({ url }: Cluster): PodMaker {
  const agent = new Agent({ keepAlive: true, maxSockets: 256, rejectUnauthorized: false });
  return {
    create: async (containers) => {
      const began = performance.now();
      const { status, text } = await post(agent, `${url}/api/v1/namespaces/default/pods`, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { generateName: 'p-' },
        spec: { containers: containers.map((image, index) => ({ name: `c${index}`, image })) },
      });
      const answer = JSON.parse(text) as {
        readonly message?: string;
        readonly spec?: { readonly containers: readonly { readonly image: string }[] };
      };
      return {
        status,
        milliseconds: performance.now() - began,
        message: answer.message ?? '',
        images: (answer.spec?.containers ?? []).map(({ image }) => image),
      };
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

async function post(
  agent: Agent,
  url: string,
  body: object,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: 'Bearer secret', 'content-type': 'application/json' };
    const outgoing = request(url, { agent, method: 'POST', headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      answer.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}

/** The value below which the given part of them lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
}
