import type { OciErrorCode } from 'oci-client-lite';

/**
 * How a cell ends: an error code; `right`, if the fault doesn't affect the read or the next step makes up for it; `absent`, if the
 * answer rightly says that nothing is there; or `claim`, a digest that a header claims and the first read disproves.
 */
export type Ending = OciErrorCode | 'right' | 'absent' | 'claim';

/** The documented ending of each fault for a body that is read: see `OciErrorCode`. */
const ofBodies: Readonly<Record<string, Ending>> = {
  'connect refused': 'network',
  'reset before headers': 'network',
  silence: 'timeout',
  'reset mid-body': 'network',
  '1 byte per 100 ms': 'timeout',
  'endless body': 'too-large',
  'Content-Length too long': 'network',
  'Content-Length too short': 'invalid-response',
  'Content-Length huge': 'too-large',
  '401': 'unauthorized',
  '403': 'denied',
  '404': 'not-found',
  '429': 'rate-limited',
  '429 with Retry-After': 'rate-limited',
  '500': 'server-error',
  '503': 'server-error',
  'HTML body': 'invalid-response',
  'wrong Content-Type': 'right',
  gzip: 'invalid-response',
  'redirect loop': 'blocked-redirect',
  'wrong digest': 'invalid-response',
};

// A manifest by tag has no digest to check: it is malformed, or refused for its type.
const ofManifests: Readonly<Record<string, Ending>> = {
  'Content-Length too short': 'invalid-manifest',
  'HTML body': 'invalid-manifest',
  'wrong Content-Type': 'invalid-manifest',
  'wrong digest': 'invalid-manifest',
};

// The size that the descriptor gives is the cap, so what is longer or shorter is not that blob.
const ofBlobs: Readonly<Record<string, Ending>> = {
  'endless body': 'size-mismatch',
  'Content-Length huge': 'size-mismatch',
  'Content-Length too long': 'size-mismatch',
  'Content-Length too short': 'size-mismatch',
  'HTML body': 'size-mismatch',
  'wrong digest': 'digest-mismatch',
};

/** Where a kind of request ends otherwise, and why. */
const otherwise: Readonly<Record<string, Readonly<Record<string, Ending>>>> = {
  resolve: {
    // HEAD has no body to go wrong; where its headers say too little, the GET after it meets the fault.
    'reset mid-body': 'right',
    '1 byte per 100 ms': 'right',
    'endless body': 'too-large',
    'Content-Length too long': 'right',
    'Content-Length too short': 'right',
    'Content-Length huge': 'too-large',
    'HTML body': 'invalid-manifest',
    'wrong Content-Type': 'invalid-manifest',
    gzip: 'right',
    'wrong digest': 'claim',
  },
  'manifest by tag': ofManifests,
  'manifest by digest': {
    ...ofManifests,
    // Hashed before it is parsed.
    'Content-Length too short': 'digest-mismatch',
    'HTML body': 'digest-mismatch',
    'wrong digest': 'digest-mismatch',
  },
  index: ofManifests,
  config: ofBlobs,
  'small blob': ofBlobs,
  'streamed blob': ofBlobs,
  'referrers page 1': {
    // distribution-spec "Listing Referrers": 404 means "no such API", and so does an answer that is not a list; the fallback tag has it all.
    '404': 'right',
    'HTML body': 'right',
    'wrong Content-Type': 'right',
  },
  'referrers page 2': {
    // After a first page, a missing second page does not show an absence.
    '404': 'invalid-response',
    'wrong Content-Type': 'invalid-response',
  },
  // Both lists say that they don't exist, which is an answer.
  'fallback tag': { ...ofManifests, '404': 'absent' },
  token: {
    // A token server that isn't there says nothing about what is in the registry.
    '404': 'unauthorized',
  },
  'token by refresh token': {
    '404': 'unauthorized',
  },
  ping: {
    // All that counts is the challenge in the headers of its 401, or of the next answer where this one has none.
    'reset mid-body': 'right',
    '1 byte per 100 ms': 'right',
    'endless body': 'right',
    'Content-Length too long': 'right',
    'Content-Length huge': 'right',
    gzip: 'right',
    'Content-Length too short': 'right',
    '401': 'right',
    '403': 'right',
    '404': 'right',
    'HTML body': 'right',
    'wrong digest': 'right',
  },
};

/** How a cell must end. */
export function expectedEnding(request: string, fault: string): Ending {
  const ending = otherwise[request]?.[fault] ?? ofBodies[fault];
  if (ending === undefined) throw new TypeError(`no ending is documented for ${fault}`);
  return ending;
}
