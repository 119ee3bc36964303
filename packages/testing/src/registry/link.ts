import type { RegistryBehaviour } from './behaviour.ts';

/** The `Link` to the next page (RFC 8288; distribution-spec §listing-tags), or `undefined` on the last one. */
export function linkTo(
  here: URL,
  changes: Readonly<Record<string, string>> | undefined,
  style: RegistryBehaviour['linkStyle'] = 'quoted',
): string | undefined {
  if (changes === undefined) return undefined;
  const next = new URL(here);
  for (const [key, value] of Object.entries(changes)) next.searchParams.set(key, value);
  const target = style === 'absolute' ? next.href : next.pathname + next.search;
  return `<${target}>; rel=${style === 'unquoted' ? 'next' : '"next"'}`;
}
