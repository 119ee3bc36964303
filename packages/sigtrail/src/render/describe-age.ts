/** Says how old an answer is that another process got. */
export function describeAge(ageMs: number | undefined): string {
  return ageMs === undefined ? '' : ` (shared listing, ${Math.ceil(ageMs / 1000)} s old)`;
}
