/** How the gate of a registry learns. Only numbers: the gate keeps them in Redis, and the simulation in acceptance/fleet goes by the same. */

/** Requests a second to a registry of which nothing is known yet. */
export const BEGIN_WITH = 32;
/** How old a worker's knowledge of the shared limit may be. */
export const READ_EVERY_MS = 500;
/** A limit that was learned is forgotten after so long without a word. */
export const REMEMBER_SECONDS = 600;
/** Requests that were on their way together are throttled together, within so long after the pause: that lowers the limit once. */
export const TOGETHER_MS = 500;
/** Those that wait don't all come back in the same millisecond. */
export const SPREAD_MS = 100;

/** What the limit becomes when the registry says that it was too much: by more the first time, when it was only a guess. */
export function lowered(perSecond: number, wasKnown: boolean): number {
  return Math.max(1, Math.floor(perSecond * (wasKnown ? 0.9 : 0.6)));
}

/** What it becomes when it is in the way: twice as much, until the registry says that it is too much; then a little more. */
export function raised(perSecond: number, isKnown: boolean, ceiling: number): number {
  return Math.min(ceiling, Math.ceil(perSecond * (isKnown ? 1.05 : 2)));
}

/** How long it stays as it is. */
export function raiseEveryMs(isKnown: boolean): number {
  return isKnown ? 3000 : 1000;
}
