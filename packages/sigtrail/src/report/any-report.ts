import type { AttestationsReport } from './attestations-report.ts';
import type { ImageReport } from './image-report.ts';
import type { PlatformsReport } from './platforms-report.ts';

/** A report of any kind: narrow it by `kind`, then by `verdict`. */
export type Report = ImageReport | PlatformsReport | AttestationsReport;
