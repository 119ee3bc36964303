// Verifies a batch of bundles at a time and prints the milliseconds of the last one. Reads `{ root, now, samples }` from stdin: see `verify.ts`.
import { json } from 'node:stream/consumers';
import { GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { createVerifier } from 'sigtrail';

const WARM_UP_ROUNDS = 6;
const policy = { signedBy: { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW } };
const { root, now, samples } = (await json(process.stdin)) as {
  readonly root: string;
  readonly now: string;
  readonly samples: readonly (readonly [bundle: string, artifact: string])[];
};

/** With a verifier that has not seen the bundles yet. */
async function timeBatch(): Promise<number> {
  const options = { trust: { json: root }, now: () => new Date(now), secondJudge: 'off' } as const;
  await using verifier = createVerifier(options);
  const started = performance.now();
  await Promise.all(
    samples.map(async ([bundle, artifact]) => verifier.verifyBundle(bundle, Buffer.from(artifact), policy)),
  );
  return performance.now() - started;
}

const took: number[] = [];
for (let round = 0; round < WARM_UP_ROUNDS; round++) took.push(await timeBatch());
console.log(took.at(-1));
