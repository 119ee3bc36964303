import { fixturesIfPresent } from '../fixtures-directory.ts';
import { collectOpinions, type Opinions, SOURCES } from '../second-judge/opinions.ts';
import type { Figure } from './figure.ts';

/** `@sigstore/verify`'s answers about everything that our own checks accept. */
export async function* showSecondJudge(mutations: number = 20_000): AsyncGenerator<Figure> {
  const fixtures = fixturesIfPresent();
  for (const source of SOURCES) {
    const name = `the second judge on what our own checks accept, ${source}${source === 'mutations' ? ` (${mutations} from seed 1)` : ''}`;
    if (fixtures === undefined && source !== 'mutations')
      yield { name, value: 'the recordings are not there', passed: false };
    else yield figureOf(name, await collectOpinions(source, fixtures ?? '', mutations));
  }
}

function figureOf(name: string, { accepted, notApplicable, refused, reasons }: Opinions): Figure {
  const counted = `${accepted} accepted, ${refused.length} refused, ${notApplicable} not applicable`;
  const why = [...reasons].map(([reason, count]) => `${count} × ${reason}`);
  return {
    name,
    value: [counted, ...why, ...refused].join('; '),
    passed: refused.length === 0 && accepted > 0,
  };
}
