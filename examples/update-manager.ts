// An update manager that works like drydock: it looks at every container, and updates it only to a verified image, by digest.
import { createSigstore, EMAIL_ISSUER, pushImage, startRegistry } from '@sigtrail/testing';
import { createVerifier, type ImagePolicy, type Verifier } from 'sigtrail';
import { toTableRow } from 'sigtrail/report';

interface Container {
  readonly name: string;
  readonly image: string;
}

/** Three answers, so that nothing must be guessed from a program's text: `unverified` is definite, and after `error` you ask again. */
async function updateAll(
  verifier: Verifier,
  containers: readonly Container[],
  policies: ReadonlyMap<string, ImagePolicy>,
  recreate: (name: string, image: string) => Promise<void>,
): Promise<void> {
  const images = new Set(containers.map(({ image }) => image));
  const policyFor = (image: { readonly text: string }): ImagePolicy => {
    const repository = image.text.replace(/:[^/]*$/, '');
    const policy = policies.get(repository);
    if (policy === undefined) throw new Error(`no policy for ${repository}`); // so it isn't updated
    return policy;
  };
  for await (const { reference, report, problem } of verifier.verifyMany(images, policyFor)) {
    const named = containers.filter(({ image }) => image === reference).map(({ name }) => name);
    if (report?.verdict === 'verified') {
      for (const name of named) await recreate(name, report.reference); // never the tag
    } else {
      const status = report?.verdict === 'rejected' ? 'unverified' : 'error';
      console.log(
        named.join(),
        'not updated',
        status,
        report === undefined ? problem.message : toTableRow(report).text,
      );
    }
  }
}

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]); // yours are ghcr.io and the public ones
const containers = ['web', 'api', 'db', 'cache'].map((name) => ({
  name,
  image: pushImage(registry, `acme/${name}:latest`).reference,
}));
await sigstore.signImage(registry, 'acme/web:latest', { as: { email: 'release@acme.test' } });
await sigstore.signImage(registry, 'acme/db:latest', { as: { email: 'release@acme.test' } });
registry.fail({ path: '/acme/db/', fault: { kind: 'status', status: 403 } });
const release: ImagePolicy = { signedBy: { issuer: EMAIL_ISSUER, subject: 'release@acme.test' } };
const policies = new Map(['web', 'api', 'db'].map((name) => [`${registry.host}/acme/${name}`, release]));

const verifier = createVerifier({ trust: sigstore.trust });
await updateAll(verifier, containers, policies, async (name, image) =>
  Promise.resolve(console.log(name, 'recreated from', image)),
);
await verifier.close();
await registry.close();
