// Ask an HTTP service about the image, with a deadline: without an answer in time the verdict stays open.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deny, evaluateImage } from 'sigtrail';
import { type AcceptImage, acceptImage, allOf, signedBy } from 'sigtrail/policy';
import { ISSUER, startSignedWorld } from './signed-world.ts';

const { registry, reference, trust, sign } = await startSignedWorld();
await sign('release@acme.test');

// The service; yours is elsewhere. It answers at once, or never.
let isUp = true;
const service = createServer((request, response) => {
  if (isUp) response.end(JSON.stringify({ allowed: request.url?.includes('sha256') }));
}).listen(0, '127.0.0.1');
await new Promise((resolve) => service.once('listening', resolve));
const { port } = service.address() as AddressInfo;

const askService: AcceptImage = async ({ digest }, { signal }) => {
  const response = await fetch(`http://127.0.0.1:${port}/allowed?digest=${encodeURIComponent(digest)}`, { signal });
  const { allowed } = (await response.json()) as { readonly allowed?: unknown };
  return allowed === true || deny('the service says no');
};

const policy = allOf(
  signedBy({ issuer: ISSUER, subject: 'release@acme.test' }),
  acceptImage({ run: askService, name: 'release service', timeoutMs: 1000 }),
);

async function ask(what: string): Promise<void> {
  const { verdict, callbacks = [] } = await evaluateImage(reference, policy, { trust });
  console.log(
    `${what}: ${verdict}`,
    callbacks.map(({ name, answer, reason = '' }) => `${name} ${answer} ${reason}`).join(),
  );
}

await ask('service up');
isUp = false;
await ask('service down');

service.closeAllConnections();
service.close();
await registry.close();
