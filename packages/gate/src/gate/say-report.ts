import type { ImageReport, PlatformsReport } from 'sigtrail';
import { toSummary } from 'sigtrail/report';

/** The reason of a report in one sentence, and its code where it is not verified. */
export function sayReport(report: ImageReport | PlatformsReport): { readonly code?: string; readonly message: string } {
  // The first line of its summary: the verdict, the reference and why.
  const [headline = ''] = toSummary(report).split('\n');
  const sentence = headline.replace(/^[A-Z]+ /, '');
  const said = sentence.startsWith(`${report.requested}: `) ? sentence.slice(report.requested.length + 2) : sentence;
  switch (report.verdict) {
    case 'verified':
      return { message: `signed by ${signersOf(report).join(', ')}` };
    case 'rejected':
      return { code: report.reason, message: said };
    case 'indeterminate':
      return { code: report.problems[0].code, message: said.replace(/ \[[a-z-]+\]$/, '') };
  }
}

/** Who signed, each once, in words. */
function signersOf(report: Extract<ImageReport | PlatformsReport, { verdict: 'verified' }>): readonly string[] {
  return [
    ...new Set(
      report.signatures.map(({ signer }) =>
        signer.kind === 'key'
          ? `the key ${signer.fingerprint}`
          : (signer.subjectAlternativeNames[0]?.value ?? 'a certificate without a name'),
      ),
    ),
  ];
}

/** The digest that may be deployed. For several platforms, it is their index’s, if that was judged; otherwise it is missing. */
export function digestIn(report: ImageReport | PlatformsReport): string | undefined {
  if (report.verdict !== 'verified') return undefined;
  const deployable = report.kind === 'image' ? report.reference : report.index;
  return deployable?.split('@').at(-1);
}
