import { findImages, type FoundImage, type PolicyAnswer, type PolicyMap } from '@sigtrail/gate';
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { createVerifier, type ImagePolicy } from 'sigtrail';
import { toTableRow } from 'sigtrail/report';
import type { ImageResult, ResultPlace } from './image-result.ts';
import { type Inputs, read } from './inputs.ts';

/** An image that must be verified, and everywhere it is named. */
interface Asked {
  readonly policy: ImagePolicy;
  readonly mode: 'enforce' | 'warn';
  readonly places: (ResultPlace | undefined)[];
}

type Answer = Pick<ImageResult, 'decision' | 'message' | 'verified'>;

/** Decides about every image that is named: each once, however many places name it. */
export async function verifyAll(
  { images, files, policy, map, verifier: options }: Inputs,
  now: Date,
): Promise<readonly ImageResult[]> {
  const asked = new Map<string, Asked>();
  const results: ImageResult[] = [];
  const add = (reference: string, place: ResultPlace | undefined, answer: PolicyAnswer | ImagePolicy): void => {
    const at = place === undefined ? {} : { place };
    if (!('decision' in answer)) ask(asked, reference, place, answer, 'enforce');
    else if (answer.decision === 'policy') ask(asked, reference, place, answer.policy, answer.mode);
    else if (answer.decision === 'refused')
      results.push({ reference, decision: 'rejected', message: answer.message, ...at });
    else {
      const message = `not verified until ${answer.until}: ${answer.reason}`;
      results.push({ reference, decision: 'excepted', message, ...at });
    }
  };
  for (const reference of images) add(reference, undefined, policy ?? mapOf(map).policyFor(reference, now));
  for (const file of files)
    for (const found of imagesIn(file)) {
      const place = placeOf(found);
      if (found.outcome === 'image') add(found.named, place, mapOf(map).policyFor(found.reference, now));
      else if (found.outcome === 'built')
        results.push({ reference: found.text, decision: 'built', message: found.message, place });
      else results.push({ reference: found.text, decision: 'indeterminate', message: found.message, place });
    }
  await using verifier = createVerifier(options);
  for await (const { reference, report, problem } of verifier.verifyMany(asked.keys(), (image) =>
    policyOf(asked, image.text),
  )) {
    const of = asked.get(reference);
    if (of === undefined) throw new Error(`an outcome for ${reference}, which was not asked about`);
    const row = report === undefined ? undefined : toTableRow(report);
    const answer: Answer =
      report === undefined
        ? { decision: 'indeterminate', message: problem.message }
        : {
            decision: report.verdict,
            message: row?.text ?? report.verdict,
            ...(report.verdict === 'verified' ? { verified: report.reference } : {}),
          };
    for (const place of of.places)
      results.push({ reference, ...inMode(answer, of.mode), ...(place === undefined ? {} : { place }) });
  }
  return results;
}

function ask(
  asked: Map<string, Asked>,
  reference: string,
  place: ResultPlace | undefined,
  policy: ImagePolicy,
  mode: Asked['mode'],
): void {
  const known = asked.get(reference);
  if (known === undefined) asked.set(reference, { policy, mode, places: [place] });
  else if (known.policy === policy && known.mode === mode) known.places.push(place);
  else
    throw new Error(
      `${reference} is given as an image and named in a file, under two policies; leave it out of "images"`,
    );
}

function policyOf(asked: ReadonlyMap<string, Asked>, reference: string): ImagePolicy {
  const of = asked.get(reference);
  if (of === undefined) throw new Error(`no policy for ${reference}`);
  return of.policy;
}

/** Where the map only warns, nothing but the word for it changes. */
function inMode(answer: Answer, mode: Asked['mode']): Answer {
  if (mode === 'enforce' || answer.decision === 'verified') return answer;
  return { ...answer, decision: 'warned', message: `${answer.decision}: ${answer.message}` };
}

function mapOf(map: PolicyMap | undefined): PolicyMap {
  // The inputs were refused without it.
  if (map === undefined) throw new Error('there is no policy map');
  return map;
}

function imagesIn(file: string): readonly FoundImage[] {
  return findImages(read(file), {
    file,
    environment: process.env,
    readNeighbour: (from, path) => {
      const beside = resolve(dirname(from), path);
      // Nothing outside of the checkout is read for a file in it.
      if (relative(process.cwd(), beside).startsWith('..')) return undefined;
      try {
        return { file: relative(process.cwd(), beside), text: readFileSync(beside, 'utf8') };
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
  }).images;
}

function placeOf({ file, line, column, endLine, endColumn }: FoundImage): ResultPlace {
  return { file, line, column, endLine, endColumn };
}
