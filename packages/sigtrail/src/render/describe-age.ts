/** Says how old an answer from another process is. */
export function describeAge(ageMs: number | undefined): string {
  return ageMs === undefined ? '' : ` (shared listing, ${Math.ceil(ageMs / 1000)} s old)`;
}
