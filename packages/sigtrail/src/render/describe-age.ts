/** Behind an answer that another process got: how old it is. */
export function describeAge(ageMs: number | undefined): string {
  return ageMs === undefined ? '' : ` (shared listing, ${Math.ceil(ageMs / 1000)} s old)`;
}
