// Everything at once: two people out of three, provenance from our builder, an SBOM that isn't empty, and a service with the last word.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSigstore, EMAIL_ISSUER, pushImage, startRegistry } from '@sigtrail/testing';
import { createVerifier, deny, type SignerRule } from 'sigtrail';
import { acceptImage, allOf, atLeast, attested, slsa } from 'sigtrail/policy';

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]);
const { reference } = pushImage(registry, 'acme/app:v1');

let isAllowed = true;
const service = createServer((_request, response) => response.end(JSON.stringify({ allowed: isAllowed })));
await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
const { port } = service.address() as AddressInfo; // yours runs elsewhere

const person = (name: string): SignerRule => ({ issuer: EMAIL_ISSUER, subject: { email: `${name}@acme.test` } });
const builderId = 'https://builder.acme.test/v1';
const sourceUri = 'https://github.com/acme/app';

const policy = allOf(
  atLeast(2, [person('alice'), person('bob'), person('carol')]),
  attested('slsaprovenance1', person('builder'), slsa({ builderId, sourceUri })),
  attested('spdxjson', person('builder'), function notEmpty(sbom) {
    // SPDX 2 in JSON; the same type is also used for SPDX 3, and for text.
    const listed = typeof sbom === 'object' && 'packages' in sbom ? (sbom.packages ?? []) : [];
    return listed.length > 0 || deny('the SBOM lists no package');
  }),
  acceptImage({
    name: 'release service',
    timeoutMs: 2000,
    async run({ digest }, { signal }) {
      const response = await fetch(`http://127.0.0.1:${port}/?digest=${encodeURIComponent(digest)}`, { signal });
      if (!response.ok) throw new Error(`the service answered ${response.status}`); // it said neither yes nor no
      const answer = (await response.json()) as { readonly allowed?: unknown };
      return answer.allowed === true || deny('the service says no');
    },
  }),
);

const verifier = createVerifier({ trust: sigstore.trust });
async function ask(what: string): Promise<void> {
  const { verdict, policy: whole } = await verifier.evaluate(reference, policy);
  const why = whole?.of?.find(({ status }) => status !== 'satisfied')?.why?.message ?? '';
  console.log(`${what}: ${verdict} ${why}`);
}

const builder = { email: 'builder@acme.test' };
await sigstore.signImage(registry, reference, { as: { email: 'alice@acme.test' } });
await ask('alice');
await sigstore.signImage(registry, reference, { as: { email: 'bob@acme.test' } });
await ask('alice and bob');
await sigstore.attest(registry, reference, {
  as: builder,
  type: 'slsaprovenance1',
  predicate: {
    buildDefinition: {
      buildType: 'https://acme.test/container',
      externalParameters: { source: `git+${sourceUri}@refs/tags/v1` },
    },
    runDetails: { builder: { id: builderId } },
  },
});
await ask('and provenance');
await sigstore.attest(registry, reference, {
  as: builder,
  type: 'spdxjson',
  predicate: {
    spdxVersion: 'SPDX-2.3',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: 'app',
    dataLicense: 'CC0-1.0',
    documentNamespace: 'https://acme.test/sbom/app',
    creationInfo: { created: '2026-01-01T00:00:00Z', creators: ['Tool: acme'] },
    packages: [{ name: 'openssl', SPDXID: 'SPDXRef-openssl', downloadLocation: 'NOASSERTION' }],
  },
});
await ask('and an SBOM');
isAllowed = false;
await ask('and the service says no');

service.closeAllConnections();
service.close();
await verifier.close();
await registry.close();
