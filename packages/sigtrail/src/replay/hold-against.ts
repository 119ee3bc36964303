import { isDeepStrictEqual } from 'node:util';
import type { AttestationRequest } from '../attestation/request.ts';
import type { DenyList } from '../policy/deny-list.ts';
import type { ImagePolicy } from '../policy/policy.ts';
import { combineRoots } from '../trust/combine-roots.ts';
import { createTrustProvider, type LoadedTrust, type TrustInput } from '../trust/load-trust.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';
import type { Capsule } from './capsule.ts';
import { toRecord } from './recorded-policy.ts';
import type { Held } from './replay-note.ts';

/** What the caller knows to be right, whatever a capsule says. */
export interface Expected {
  readonly trust?: TrustInput;
  readonly policy?: ImagePolicy | AttestationRequest;
  readonly deny?: DenyList;
  readonly now?: Date;
}

/** Compares what the caller gave with what a capsule says, and returns the given trust. Everything else is the capsule's own claim. */
export async function holdAgainst(
  { trust, policy, deny, now: clock }: Expected,
  capsule: Capsule,
  root: TrustedRoot,
  now: Date,
): Promise<{ readonly held: Held; readonly trust?: LoadedTrust }> {
  const given = trust === undefined ? undefined : await createTrustProvider(trust)(now);
  const recorded: unknown = JSON.parse(capsule.policy.document);
  const held: Held = {
    // Includes the profile of each authority, which can lower what its signatures need.
    trust:
      given === undefined
        ? 'of-the-capsule'
        : combineRoots([given.root]).json === combineRoots([root]).json
          ? 'as-given'
          : 'other-than-given',
    policy: policy === undefined ? 'of-the-capsule' : comparePolicy(policy, recorded, capsule, clock),
    clock: clock === undefined ? 'of-the-capsule' : 'as-given',
    ...(deny === undefined
      ? {}
      : {
          deny: isSame(toRecord(deny), capsule.deny === undefined ? undefined : JSON.parse(capsule.deny))
            ? 'as-given'
            : 'other-than-given',
        }),
  };
  return given === undefined ? { held } : { held, trust: given };
}

function comparePolicy(
  policy: unknown,
  recorded: unknown,
  { asked }: Capsule,
  clock: Date | undefined,
): Held['policy'] {
  if (!isSame(toRecord(policy), recorded)) return 'other-than-given';
  // The answers of the policy's code, and of a function about signed names, come from the capsule: the code can't be asked again.
  if (hasCode(recorded) || typeof asked.options?.signedName === 'object') return 'answers-of-the-capsule';
  if (asksForAbsence(recorded)) return 'absence-of-the-capsule';
  return clock === undefined && asksTheClock(recorded) ? 'clock-of-the-capsule' : 'as-given';
}

/** Whether the verifier's clock decides about the age of a signature, or about a certificate for which no proven time is required. */
function asksTheClock(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([name, inner]) =>
      (name === 'maxAge' && typeof inner !== 'object') ||
      (name === 'require' && isWithoutTime(inner)) ||
      (name !== 'annotations' && asksTheClock(inner)),
  );
}

function isWithoutTime(require: unknown): boolean {
  return typeof require === 'object' && require !== null && 'time' in require && require.time === 0;
}

/** Whether the policy requires that something is absent. Anyone who can write the file can leave things out. */
function asksForAbsence(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([name, inner]) =>
      ((name === 'not' || name === 'vex') && typeof inner === 'object') ||
      (name === 'match' && inner === 'all') ||
      // Inside a rule, the member is a claim or an annotation, whatever its name.
      (name !== 'signedBy' && name !== 'of' && asksForAbsence(inner)),
  );
}

function hasCode(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([name, inner]) => ['$callback', '$schema', '$resolver'].includes(name) || hasCode(inner),
  );
}

/** Members may stand in any order. */
function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(a === undefined ? undefined : JSON.parse(JSON.stringify(a)), b);
}
