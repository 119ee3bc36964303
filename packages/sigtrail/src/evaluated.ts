import type { FetchedManifest } from 'oci-client-lite';
import type { ImageReport } from './report/image-report.ts';

/** A report, with the manifest that it is about: bytes with exactly its digest. */
export interface Evaluated {
  readonly report: ImageReport;
  readonly image?: FetchedManifest;
}
