import { GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { evaluateImage } from 'sigtrail';
import { attested } from 'sigtrail/policy';
import { createDockerImage } from '../../../packages/sigtrail/test/docker-image.ts';
import { DOCKER_CASES, type DockerCase } from '../../docker/cases.ts';
import type { CompatibilityRow } from '../row.ts';

const signedBy = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };

/** The same images that Docker's own verifier is asked about (`acceptance/real/docker-signatures.test.ts`), asked for provenance of `linux/amd64`. */
export const DOCKER_IMAGES: readonly CompatibilityRow[] = DOCKER_CASES.map((one) => ({
  name: `docker: ${one.name}`,
  topic: 'Images signed Docker’s way, beside Docker’s own verifier',
  input: one.name,
  before: 'unsigned',
  ours: { verified: 'accepted', rejected: 'refused', indeterminate: 'indeterminate' }[one.ours],
  ask: async () => answerTo(one),
  peers: [{ tool: 'policy-helper of 2026-10-06', answer: one.accepted ? 'accepted' : 'refused' }],
  ...(one.because === undefined ? {} : { because: one.because }),
}));

async function answerTo({ make }: DockerCase): Promise<string> {
  const image = await createDockerImage();
  try {
    make(image);
    const { verdict } = await evaluateImage(image.reference, attested('slsaprovenance1', signedBy), {
      ...image.options,
      platforms: ['linux/amd64'],
    });
    return { verified: 'accepted', rejected: 'refused', indeterminate: 'indeterminate' }[verdict];
  } finally {
    await image.close();
  }
}
