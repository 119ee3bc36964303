// Ask an HTTP service about the image, with a deadline. Without an answer in time, the verdict stays open.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSigstore, EMAIL_ISSUER, pushImage, startRegistry } from '@sigtrail/testing';
import { deny, evaluateImage } from 'sigtrail';
import { type AcceptImage, acceptImage, allOf, signedBy } from 'sigtrail/policy';

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]); // yours are ghcr.io and the public ones
const { reference } = pushImage(registry, 'acme/app:v1');
await sigstore.signImage(registry, reference, { as: { email: 'release@acme.test' } });

// The service; yours runs elsewhere. This one answers at once or never.
let isUp = true;
let allowed = true;
const service = createServer((_request, response) => {
  if (isUp) response.end(JSON.stringify({ allowed }));
}).listen(0, '127.0.0.1');
await new Promise((resolve) => service.once('listening', resolve));
const { port } = service.address() as AddressInfo;

const askService: AcceptImage = async ({ digest }, { signal }) => {
  const response = await fetch(`http://127.0.0.1:${port}/allowed?digest=${encodeURIComponent(digest)}`, { signal });
  if (!response.ok) throw new Error(`the service answered ${response.status}`); // it said neither yes nor no
  const answer = (await response.json()) as { readonly allowed?: unknown };
  return answer.allowed === true || deny('the service says no');
};

const policy = allOf(
  signedBy({ issuer: EMAIL_ISSUER, subject: 'release@acme.test' }),
  acceptImage({ run: askService, name: 'release service', timeoutMs: 1000 }),
);

async function ask(what: string): Promise<void> {
  const { verdict, policy: whole } = await evaluateImage(reference, policy, { trust: sigstore.trust });
  const part = whole?.of?.find(({ status }) => status !== 'satisfied');
  console.log(`${what}: ${verdict}`, part === undefined ? '' : `${part.path} ${part.status}: ${part.why?.message}`);
}

await ask('service says yes');
allowed = false;
await ask('service says no');
isUp = false;
await ask('service down');

service.closeAllConnections();
service.close();
await registry.close();
