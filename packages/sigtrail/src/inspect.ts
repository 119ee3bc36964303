import type { ImageLocator } from '@sigtrail/triangulate';
import { missingFromSnapshot } from './report/missing-from-snapshot.ts';
import { reportCandidate, reportUnreadable } from './report/build-report.ts';
import { withinDeadline } from './deadline.ts';
import { proveByDefault } from './decide/missing-evidence.ts';
import { discover, unresolvedError } from './discover/discover-image.ts';
import { establishAll } from './establish/establish-all.ts';
import type { CallContext, EvaluationContext } from './evaluation-context.ts';
import { readEvidence } from './evidence/read-evidence.ts';
import type { CallOptions } from './options.ts';
import { attachmentsOf } from './report/attachments.ts';
import { otherSignaturesOf } from './report/other-signatures.ts';
import type { ImageInspection } from './report/inspection.ts';

/**
 * Who signed this? Everything that is attached, and how much of it can be proven without a policy.
 *
 * @throws SigtrailError `image-not-found`, `registry`, `invalid-reference`
 */
export async function inspect(
  reference: ImageLocator,
  options: CallOptions,
  context: EvaluationContext,
): Promise<ImageInspection> {
  return withinDeadline(options, context, async (call) => inspectWithin(reference, options, call));
}

async function inspectWithin(
  reference: ImageLocator,
  options: CallOptions,
  context: CallContext,
): Promise<ImageInspection> {
  const found = await discover(reference, ['signatures', 'attestations', 'sboms'], options, context, 'signed');
  if ('problem' in found) throw unresolvedError(found);
  const all = await establishAll(await readEvidence(found, context), undefined, context, { ofPlatforms: true });
  return {
    schemaVersion: 1,
    requested: reference.text,
    reference: found.graph.pinned,
    repository: found.graph.repository,
    digest: found.graph.digest,
    mediaType: found.graph.mediaType,
    candidates: all.map((facts) => {
      if ('unreadable' in facts) return { ...reportUnreadable(facts), log: [], times: [], proven: false, missing: [] };
      const { source } = context.trust;
      const { refusedBecause: _, ...report } = reportCandidate(
        facts,
        { accepted: false, checks: facts.checks, facts },
        source,
      );
      const { required, ...proof } = proveByDefault(facts);
      const lacked = missingFromSnapshot([...facts.checks, ...required], source);
      const failed = facts.checks.find(({ status }) => status === 'failed');
      return {
        ...report,
        ...(failed === undefined ? {} : { refusedBecause: failed.code }),
        log: facts.log,
        times: facts.times,
        ...proof,
        ...(lacked === undefined ? {} : { missingFromSnapshot: lacked }),
        ...(facts.signer === undefined ? {} : { signer: facts.signer }),
      };
    }),
    attachments: attachmentsOf(found.graph.finds),
    ...otherSignaturesOf(found.graph.finds),
    locations: found.graph.locations,
    transcript: found.graph.transcript,
    trust: { ...context.trust.source },
    evaluatedAt: context.now.toISOString(),
  };
}
