import { checkOptions } from '../options.ts';
import * as z from 'zod';
import { eventId } from './events.ts';
import type { NewEvent, PlacedSignature } from './watch-event.ts';
import { PlacedSignatureSchema } from './watch-event.ts';

/**
 * A place outside the logs where signatures are kept, as it is now: of a registry, one image. A signature that leaves a place is reported; a log keeps
 * its entries for ever, and so says nothing when a registry loses a signature.
 */
export interface WatchedPlace {
  /** As events name it: `ghcr.io/acme/app@sha256:…`. */
  readonly name: string;
  /** Everything there was read. Otherwise nothing counts as gone, and the next run looks again. */
  readonly isComplete: boolean;
  readonly signatures: readonly PlacedSignature[];
}

/** A signature that was seen in a place. */
export interface SeenSignature {
  /** RFC 3339: the run that first saw it there. */
  readonly since: string;
  readonly signature: PlacedSignature;
}

/** What is remembered of places: by name, then by the signature's id. */
export type PlacesState = Readonly<Record<string, Readonly<Record<string, SeenSignature>>>>;

const Places: z.ZodType<readonly WatchedPlace[]> = z.array(
  z.strictObject({
    name: z.string().min(1),
    isComplete: z.boolean(),
    signatures: z.array(PlacedSignatureSchema),
  }),
);

/** What a store may hold of places. */
export const PlacesStateSchema: z.ZodType<PlacesState> = z.record(
  z.string(),
  z.record(z.string(), z.strictObject({ since: z.string(), signature: PlacedSignatureSchema })),
);

/** @throws TypeError for places that a caller made wrongly */
export function checkPlaces(places: readonly WatchedPlace[]): void {
  checkOptions('run: "places"', Places, places);
}

/**
 * Compares places with what is remembered of them. A gone signature is forgotten in the same step that reports it, so that it is
 * reported once; if it comes back and leaves again, that is another event. Places that were not read stay as they are.
 */
export function lookAtPlaces(
  known: PlacesState,
  places: readonly WatchedPlace[],
  at: string,
): { readonly places: PlacesState; readonly events: readonly NewEvent[] } {
  const next = new Map(Object.entries(known));
  const events: NewEvent[] = [];
  for (const { name, isComplete, signatures } of places) {
    const before = new Map(Object.entries(next.get(name) ?? {}));
    const now = new Map(
      signatures.map((signature) => [signature.id, before.get(signature.id) ?? { since: at, signature }]),
    );
    for (const [id, seen] of before) {
      if (now.has(id)) continue;
      if (isComplete) events.push(goneEvent(name, seen));
      else now.set(id, seen);
    }
    next.set(name, Object.fromEntries(now));
  }
  return { places: Object.fromEntries(next), events };
}

function goneEvent(place: string, { since, signature }: SeenSignature): NewEvent {
  const { id, format } = signature;
  return {
    kind: 'gone',
    id: eventId('gone', place, id, since),
    code: 'signature-gone',
    message: `the signature ${id} (${format}) is no longer at ${place}`,
    place,
    since,
    signature,
  };
}
