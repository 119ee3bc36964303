import { type Challenge, parseChallenges } from '../auth/challenge.ts';
import type { HttpResponse } from '@sigtrail/http';

/**
 * The Bearer challenge to answer, if any. If a registry offers both, Bearer comes before Basic, since the registry then never sees the password. A Bearer whose realm is a
 * name for people leads to no token server; if there is a Basic challenge too (Artifact Keeper), Basic is meant.
 */
export function bearerOf(challenges: readonly Challenge[] | undefined): Challenge | undefined {
  const bearers = challenges?.filter(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm')) ?? [];
  const usable = bearers.find(({ parameters }) => /^https?:\/\//i.test(parameters.get('realm') ?? ''));
  const isBasic = challenges?.some(({ scheme }) => scheme === 'basic') === true;
  return usable ?? (isBasic ? undefined : bearers[0]);
}

/** The challenges of an answer, in its order. */
export function readChallenges(response: Pick<HttpResponse, 'headers'>): readonly Challenge[] {
  return parseChallenges(response.headers['www-authenticate'] ?? []);
}
