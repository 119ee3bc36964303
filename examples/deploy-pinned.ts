// A deploy that fails closed, as Dokploy plans it: tag → digest → verify → deploy by digest. Without a clear answer, it deploys nothing.
import { createSigstore, EMAIL_ISSUER, pushImage, startRegistry } from '@sigtrail/testing';
import { createVerifier, type ImagePolicy, isSigtrailError, type Verifier } from 'sigtrail';

/** What an administrator keeps for each application. */
interface TrustPolicy {
  readonly mode: 'enforce' | 'warn';
  readonly policy: ImagePolicy;
}

/** The image for `docker service update`, by digest. Throws if it may not run. */
async function admit(
  verifier: Verifier,
  image: string,
  { mode, policy }: TrustPolicy,
  log: (line: string) => void,
): Promise<string> {
  try {
    const { reference } = await verifier.verify(image, policy, { timeoutMs: 20_000 });
    log(`verified ${reference}`);
    return reference;
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    const { code, message, report } = error;
    log(`${mode === 'warn' ? 'warning' : 'refused'}: ${code}: ${message}`);
    // Only after a definite no: a registry that doesn't answer admits nothing, in any mode.
    if (mode === 'warn' && report?.verdict === 'rejected') return `${report.repository}@${report.digest}`;
    throw error;
  }
}

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]); // yours are ghcr.io and the public ones
const { reference: signed } = pushImage(registry, 'acme/app:v2');
await sigstore.signImage(registry, signed, { as: { email: 'release@acme.test' } });
const { reference: unsigned } = pushImage(registry, 'acme/app:v3');
const policy: ImagePolicy = { signedBy: { issuer: EMAIL_ISSUER, subject: 'release@acme.test' } };

const verifier = createVerifier({ trust: sigstore.trust });
const deploy = async (image: string, mode: TrustPolicy['mode']): Promise<void> => {
  const pinned = await admit(verifier, image, { mode, policy }, console.log).catch(() => undefined);
  console.log(pinned === undefined ? 'nothing deployed' : `deployed ${pinned}`);
};
await deploy(signed, 'enforce');
await deploy(unsigned, 'enforce');
await deploy(unsigned, 'warn');
registry.fail({ fault: { kind: 'status', status: 403 } });
await deploy(signed, 'warn');
await verifier.close();
await registry.close();
