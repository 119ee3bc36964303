import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startRegistry } from '@sigtrail/testing';
import { type Capsule, createVerifier, type SignerRule, type TrustInput, type Verifier } from 'sigtrail';
import { replay } from 'sigtrail/replay';
import { root } from '../../tools/workspace.ts';
import { addedRuns, type LocalCase, readCases, skipReason, toQuestion } from '../local-stack/recorded-run.ts';
import { whileCutOff } from './cut-off.ts';

/** The result of replaying. */
export interface Replays {
  readonly capsules: number;
  readonly verdicts: Readonly<Record<string, number>>;
  /** Replays that did not give the recorded report, byte for byte. */
  readonly wrong: readonly string[];
}

interface Made {
  readonly name: string;
  readonly capsule: Capsule;
}

/**
 * Makes a capsule of everything that can be asked of the local stack (each recorded line, each attestation by each signer) and of the images in
 * `examples/`, and replays each twice without sockets and files: once where the date is wrong, once where asking for it throws.
 */
export async function runReplays(fixtures: string): Promise<Replays> {
  const verdicts: Record<string, number> = {};
  const wrong: string[] = [];
  let capsules = 0;
  let isLoaded = false;
  for await (const { name, capsule } of makeCapsules(join(fixtures, 'local-stack'))) {
    capsules += 1;
    verdicts[capsule.report.verdict] = (verdicts[capsule.report.verdict] ?? 0) + 1;
    const text = JSON.stringify(capsule);
    const recorded = JSON.stringify(capsule.report);
    // The first one loads the code.
    if (!isLoaded) await replay(text);
    isLoaded = true;
    for (const clock of ['wrong', 'throws'] as const) {
      const answer = await whileCutOff(clock, () => replay(text)).then(
        // Whether it agrees is compared by the replay itself, but for where trust came from.
        ({ replay: { agrees, because } }) => (agrees ? recorded : because),
        (error: unknown) => String(error),
      );
      if (answer !== recorded) wrong.push(`${name}, clock ${clock}`);
    }
  }
  return { capsules, verdicts, wrong };
}

async function* makeCapsules(localStack: string): AsyncGenerator<Made> {
  const registries = { new: await startRegistry(), old: await startRegistry({ referrersApi: false }) };
  const verifiers = new Map<string, Verifier>();
  const verifierOf = (trust: TrustInput): Verifier => {
    const id = JSON.stringify(trust);
    const verifier = verifiers.get(id) ?? createVerifier({ trust });
    verifiers.set(id, verifier);
    return verifier;
  };
  try {
    for (const one of readCases(localStack)) {
      const registry = one.referrersApi ? registries.new : registries.old;
      for (const [repository, folder] of Object.entries(one.layouts))
        registry.loadLayout(repository, join(localStack, one.name, folder));
      for (const run of [...one.cosign, ...addedRuns(one)].filter((each) => skipReason(one, each) === undefined)) {
        const { repository, selector, policy, trust } = toQuestion(localStack, run);
        const capsule = await verifierOf(trust).capture(`${registry.host}/${repository}${selector}`, policy);
        yield { name: `${one.name}: ${run.label}`, capsule };
      }
      yield* attestationsOf(
        one,
        `${registry.host}/`,
        verifierOf({ file: join(localStack, 'trust/trusted_root.json') }),
      );
    }
    yield* examples(verifierOf);
  } finally {
    for (const verifier of verifiers.values()) await verifier.close();
    await Promise.all([registries.new.close(), registries.old.close()]);
  }
}

/** Each type of attestation that was ever asked for, by each of the case's signers. */
async function* attestationsOf(one: LocalCase, host: string, verifier: Verifier): AsyncGenerator<Made> {
  const [repository = ''] = Object.keys(one.layouts);
  const reference = `${host}${repository}@${one.digest}`;
  const types = new Set(
    one.cosign
      .filter(({ args: [command] }) => command === 'verify-attestation')
      .map(({ args }) => args[args.indexOf('--type') + 1] ?? '')
      .filter((type) => type !== '' && type !== 'verify-attestation'),
  );
  const signers = one.signers.flatMap(({ identity, issuer }): readonly SignerRule[] =>
    identity === undefined || issuer === undefined ? [] : [{ subject: identity, issuer }],
  );
  for (const type of types)
    for (const signedBy of signers)
      yield {
        name: `${one.name}: ${type}`,
        capsule: await verifier.captureAttestations(reference, { type, signedBy }),
      };
}

/** The images in `examples/`, with any signer. */
async function* examples(verifierOf: (trust: TrustInput) => Verifier): AsyncGenerator<Made> {
  const images = join(root, 'examples/images');
  const verifier = verifierOf({ file: join(images, 'trusted_root.json') });
  for (const entry of readdirSync(images, { withFileTypes: true }).filter((each) => each.isDirectory())) {
    const reference = `oci:${join(images, entry.name, 'layout')}:v1`;
    yield {
      name: entry.name,
      capsule: await verifier.capture(reference, { dangerouslyAcceptAnySigner: true }),
    };
  }
}
