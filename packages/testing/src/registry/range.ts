/** The first and last byte of a part, both included. */
export interface BytePart {
  readonly first: number;
  readonly last: number;
}

/** Reads a `Range` of one part (RFC 9110 §14.1.2). `undefined`: not of that form, so the whole is sent. */
export function rangeOf(range: string, size: number): BytePart | 'unsatisfiable' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  return first >= size ? 'unsatisfiable' : { first, last };
}
