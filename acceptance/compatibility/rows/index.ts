import type { CompatibilityRow } from '../row.ts';
import { BASE64_LINES } from './base64-lines.ts';
import { BUNDLES } from './bundles.ts';
import { DOCKER_IMAGES } from './docker-images.ts';
import { EVIDENCE_IN_BUNDLES } from './evidence-in-bundles.ts';
import { FALLBACK_TAG } from './fallback-tag.ts';
import { FORMATS } from './formats.ts';
import { IN_TOTO_REFERRERS } from './in-toto-referrers.ts';
import { KEY_WITH_CERTIFICATE } from './key-with-certificate.ts';
import { KEY_SOURCES } from './key-sources.ts';
import { KUBERNETES_IMPORTS } from './kubernetes-imports.ts';
import { PAYLOADS_OF_2021 } from './payloads-of-2021.ts';
import { WORDS } from './words.ts';

/** Every row, in the order of the page. */
export const ROWS: readonly CompatibilityRow[] = [
  ...FORMATS,
  ...DOCKER_IMAGES,
  ...BUNDLES,
  ...FALLBACK_TAG,
  ...IN_TOTO_REFERRERS,
  ...BASE64_LINES,
  ...KEY_WITH_CERTIFICATE,
  ...PAYLOADS_OF_2021,
  ...EVIDENCE_IN_BUNDLES,
  ...WORDS,
  ...KEY_SOURCES,
  ...KUBERNETES_IMPORTS,
];
