import { optionError } from '@sigtrail/encoding';

// Query values that describe a request and are never secret: token scopes, paging, filters.
const plainKeys: ReadonlySet<string> = new Set([
  'scope',
  'service',
  'n',
  'last',
  'artifactType',
  'digest',
  'mount',
  'from',
  'ns',
  'logIndex',
]);

/** An address that is safe to show: without user information and fragment, and with unknown query values (signatures of presigned URLs, account names) blanked. */
export function redactUrl(url: string | URL): string {
  if (typeof url !== 'string' && !(url instanceof URL))
    throw optionError('invalid-option', 'redactUrl: "url" must be a string or a URL');
  const parsed = typeof url === 'string' ? URL.parse(url) : url;
  if (parsed === null) return '(not a URL)';
  if (parsed.search === '') return `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
  const query = [...parsed.searchParams]
    .map(([key, value]) => `${encodeURIComponent(key)}=${plainKeys.has(key) ? encodeURIComponent(value) : '…'}`)
    .join('&')
    .replaceAll('%3A', ':')
    .replaceAll('%2F', '/');
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}${query === '' ? '' : `?${query}`}`;
}
