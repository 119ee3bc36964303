import { stringify } from 'yaml';
import { normalName } from '../find/found-image.ts';
import type { PinRequest } from './pin-text.ts';

/**
 * A Compose file that overrides the image of each service with the digest that was verified, for files whose images are put together from variables:
 * `docker compose -f compose.yaml -f FILE up`. A service whose image was not verified is not in it.
 */
export function composeOverride(requests: readonly PinRequest[]): string {
  const services = requests.flatMap(({ image, digest }) =>
    digest === undefined
      ? []
      : (image.services ?? []).map((service) => [service, { image: pinned(image, digest) }] as const),
  );
  const body = stringify(
    { services: Object.fromEntries(services.toSorted(([left], [right]) => (left < right ? -1 : 1))) },
    { lineWidth: 0 },
  );
  return `${HEADING}\n${body}`;
}

const HEADING = '# Written by sigtrail gate: the images that were verified, by digest.';

/** Whether a file is an override that a run of the gate wrote: no other file is ever replaced by one. */
export function isComposeOverride(text: string): boolean {
  return text.startsWith(HEADING);
}

function pinned({ reference }: PinRequest['image'], digest: string): string {
  const { digest: _, ...rest } = reference;
  // Compose fills in variables here, too; a reference has no dollar sign.
  return `${normalName(rest)}@${digest}`;
}
