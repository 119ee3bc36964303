/** What a code means, and what its reader can do. Each is a sentence without a full stop. */
export interface Explanation {
  readonly means: string;
  readonly next: string;
}

/** What helps against several faults. */
export const NEXT = {
  signAgain: 'sign the image again with a current cosign; what is stored can’t be repaired',
  dontRun: 'don’t run the image; ask its publisher how this came about',
  refreshTrust:
    'refresh the trusted root (from TUF, or a newer release), or give the root of the Sigstore instance that signed',
  otherInstance: 'if it belongs to another Sigstore instance, give the trusted root of that one',
  askPublisher: 'ask the publisher; if what was found is what you trust, say so in the policy',
  changePolicy: 'if what was found is what you trust, change the policy; else don’t run the image',
  lookAgain: 'ask again later; a read that fails decides nothing',
  report: 'this is a fault in Sigtrail or its surroundings: please report it with the report’s JSON',
} as const;
