import { stringify } from 'yaml';
import { GateError } from '../error.ts';
import { normalName } from '../find/found-image.ts';
import type { PinRequest } from './pin-text.ts';

/**
 * A Compose file that overrides the image of each service with the digest that was verified, for files whose images are put together from variables:
 * `docker compose -f compose.yaml -f FILE up`. A service whose image was not verified is not in it.
 *
 * @throws GateError `pin-mismatch` where a service has two images: an override would replace one by the other
 */
export function composeOverride(requests: readonly PinRequest[]): string {
  const services = new Map<string, PinRequest>();
  for (const request of requests)
    for (const service of request.image.services ?? []) {
      const other = services.get(service) ?? request;
      if (imageOf(other) !== imageOf(request)) throw twoImages(service, other, request);
      services.set(service, request);
    }
  const pinned = [...services]
    .filter(([, { digest }]) => digest !== undefined)
    .map(([service, request]) => [service, { image: imageOf(request) }] as const)
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  const body = stringify({ services: Object.fromEntries(pinned) }, { lineWidth: 0 });
  return `${HEADING}\n${body}`;
}

const HEADING = '# Written by sigtrail gate: the images that were verified, by digest.';

/** Whether a file is an override that a run of the gate wrote: no other file is ever replaced by one. */
export function isComposeOverride(text: string): boolean {
  return text.startsWith(HEADING);
}

/** What runs: by the digest that was verified, if one was. */
function imageOf({ image: { reference }, digest }: PinRequest): string {
  const { digest: written, ...rest } = reference;
  const by = digest ?? written;
  // Compose fills in variables here, too; a reference has no dollar sign.
  return by === undefined ? normalName(rest) : `${normalName(rest)}@${by}`;
}

function twoImages(service: string, one: PinRequest, other: PinRequest): GateError {
  return new GateError(
    'pin-mismatch',
    `the service ${JSON.stringify(service)} has another image in ${one.image.file}: ${imageOf(one)}, and here ${imageOf(other)}; one override can't be for both`,
    { file: other.image.file, position: other.image },
  );
}
