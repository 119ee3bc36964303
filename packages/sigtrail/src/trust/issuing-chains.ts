import { basicConstraints, type Certificate } from '../crypto/certificate.ts';
import { isIssuedBy } from './is-issued-by.ts';

const MAX_DEPTH = 8;
const MAX_CHAINS = 32;

/**
 * Every chain from a CA certificate to an anchor, issuing certificate first: the meaning of a pool of roots and intermediates.
 * An intermediate that leads to no anchor is left out.
 */
export function issuingChains(
  anchors: readonly Certificate[],
  intermediates: readonly Certificate[],
): readonly (readonly Certificate[])[] {
  const chains: (readonly Certificate[])[] = anchors.map((anchor) => [anchor]);
  let tips = chains;
  for (let depth = 1; depth < MAX_DEPTH && tips.length > 0; depth++) {
    tips = tips.flatMap((chain) =>
      intermediates
        .filter((next) => !chain.includes(next) && basicConstraints(next).isCa)
        .filter((next) => chain[0] !== undefined && isIssuedBy(next, chain[0]))
        .map((next) => [next, ...chain]),
    );
    if (chains.length + tips.length > MAX_CHAINS) throw new Error(`more than ${MAX_CHAINS} chains lead to the anchors`);
    chains.push(...tips);
  }
  return chains;
}
