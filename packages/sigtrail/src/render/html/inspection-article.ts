import type { ImageInspection, InspectedCandidate } from '../../report/inspection.ts';
import { describeTrust } from '../to-text.ts';
import { whoSigned } from '../signer-in-words.ts';
import { everyCheck, secondJudge } from './checks.ts';
import { claimsTable } from './claims.ts';
import { discovery } from './discovery.ts';
import { html, type Markup, type Part } from './markup.ts';
import { firstOf, rowList, section } from './rows.ts';
import { timeline } from './timeline.ts';

/** How much of an inspection has room on a page. */
export interface InspectionDetail {
  readonly candidates: number;
  readonly requests: number;
}

/** The question, and how many signatures are proven: without a policy there is no verdict. */
export function inspectionHeader({ requested, candidates }: ImageInspection): Markup {
  const proven = candidates.filter((one) => one.proven).length;
  const all =
    candidates.length === 1 ? '1 signature or attestation' : `${candidates.length} signatures and attestations`;
  return html`<h1>Who signed ${requested}?</h1><p>${all}, of which ${proven} ${proven === 1 ? 'is' : 'are'} proven. No policy was given, so nothing here says that the image may run.</p>`;
}

/** Everything attached to an image, and what is proven about it. */
export function inspectionSections(inspection: ImageInspection, most: InspectionDetail): Part {
  const { reference, mediaType, trust, attachments, candidates } = inspection;
  // What is proven comes first: a stranger can attach any number of others.
  const sorted = candidates.toSorted((one, other) => Number(other.proven) - Number(one.proven));
  return [
    section(
      2,
      'The image',
      rowList([
        ['digest', reference],
        ['type', mediaType],
        ['trust', describeTrust(trust)],
        ...attachments
          .slice(0, 40)
          .map(({ kind, predicateType, digest }) => ['attached', `${predicateType ?? kind} ${digest}`] as const),
      ]),
    ),
    section(
      2,
      'Who signed it',
      candidates.length === 0
        ? html`<p>Nothing that could be a signature or an attestation was found.</p>`
        : firstOf(sorted, most.candidates, (candidate) => candidateBlock(candidate, inspection.evaluatedAt)),
    ),
    section(2, 'Where Sigtrail looked', discovery(inspection, most.requests)),
  ];
}

function candidateBlock(candidate: InspectedCandidate, now: string): Markup {
  const { id, format, carrier, isAttestation, proven, signer, times, checks, missing, unverifiedClaims } = candidate;
  const who = signer?.kind === 'key' ? `the key ${signer.fingerprint}` : whoSigned(unverifiedClaims);
  const { notBefore, notAfter } = unverifiedClaims;
  const validity = notBefore === undefined || notAfter === undefined ? {} : { validity: { notBefore, notAfter } };
  return html`<details class="block"><summary><b class="${proven ? 'proven' : 'unproven'}">${proven ? 'Proven' : 'Not proven'}</b>: ${isAttestation ? 'attestation' : 'signature'}, ${format} by ${carrier}${who === undefined ? undefined : html`, ${proven ? 'signed by' : 'says it is signed by'} ${who}`}</summary><div class="in"><p><code>${id}</code></p>${rowList(
    missing.map(({ code, message }) => ['missing', `${message} [${code}]`] as const),
  )}${timeline({ ...validity, times, now, word: proven ? 'proven' : 'claimed' })}${proven && signer !== undefined ? claimsTable(signer) : undefined}${everyCheck(checks)}${secondJudge(candidate)}</div></details>`;
}
