import type { CompatibilityRow } from '../row.ts';
import { BASE64_LINES } from './base64-lines.ts';
import { FALLBACK_TAG } from './fallback-tag.ts';
import { IN_TOTO_REFERRERS } from './in-toto-referrers.ts';

/** Every row, in the order of the page. */
export const ROWS: readonly CompatibilityRow[] = [...FALLBACK_TAG, ...IN_TOTO_REFERRERS, ...BASE64_LINES];
