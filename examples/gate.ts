// A gate: an image may run, by its digest, if the release workflow signed it. Its tests are gate.test.ts (vitest) and gate.node-test.ts (node:test).
import { githubWorkflow, glob, verifyImage, type VerifyImageOptions } from 'sigtrail';

const release = githubWorkflow({ repository: 'acme/app', workflow: 'release.yml', ref: glob('refs/tags/v*') });

/** What to deploy for this image. Throws unless the image is verified. */
export async function gate(image: string, options: VerifyImageOptions = {}): Promise<string> {
  return (await verifyImage(image, { signedBy: release }, options)).reference;
}
