/** What a code means, and what the reader can do. Each is a sentence without a full stop. */
export interface Explanation {
  readonly means: string;
  readonly next: string;
}

/** Advice that helps with several faults. */
export const NEXT = {
  signAgain: 'sign the image again with a current cosign; what is stored can’t be repaired',
  dontRun: 'don’t run the image; ask its publisher how this happened',
  refreshTrust:
    'refresh the trusted root (from TUF, or a newer release), or give the root of the Sigstore instance that signed',
  otherInstance: 'if it belongs to another Sigstore instance, give the trusted root of that instance',
  askPublisher: 'ask the publisher; if you trust what was found, say so in the policy',
  changePolicy: 'if you trust what was found, change the policy; else don’t run the image',
  lookAgain: 'ask again later; a read that fails decides nothing',
  report: 'this is a fault in Sigtrail or its surroundings: please report it with the report’s JSON',
} as const;
