import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type FleetImage, issuer, nth } from './fleet.ts';

const run = promisify(execFile);

/** The result of a shell loop around cosign over the first references of a fleet. */
export interface CosignLoop {
  readonly references: number;
  /** References with the right answer: accepted if verified, else refused. */
  readonly right: number;
  readonly seconds: number;
}

/** Runs `cosign verify` for one reference after the other. */
export async function loopOverCosign(
  cosign: string,
  fleet: {
    readonly images: readonly FleetImage[];
    readonly host: string;
    readonly trust: { readonly json: string };
    readonly folder: string;
  },
  references: number,
): Promise<CosignLoop> {
  const root = join(fleet.folder, 'trusted_root.json');
  await writeFile(root, fleet.trust.json);
  const started = performance.now();
  let right = 0;
  for (let index = 0; index < references; index += 1) {
    const { reference, verdict, signer } = nth(fleet.images, index, fleet.host);
    const identity = ['--certificate-identity', `${signer}@acme.test`, '--certificate-oidc-issuer', issuer];
    const how = ['--trusted-root', root, '--new-bundle-format', '--allow-http-registry'];
    const accepted = await run(cosign, ['verify', ...how, ...identity, reference], {
      env: { ...process.env, HOME: fleet.folder },
    }).then(
      () => true,
      () => false,
    );
    if (accepted === (verdict === 'verified')) right += 1;
  }
  return { references, right, seconds: (performance.now() - started) / 1000 };
}
