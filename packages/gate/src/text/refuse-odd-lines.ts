import { GateError } from '../error.ts';
import type { YamlSource } from '../yaml/yaml-source.ts';

// Readers of YAML 1.1, Kubernetes' own among them, end a line at each of these and skip a byte-order mark; readers of YAML 1.2 don't.
const ODD = /\r(?!\n)|[\u0085\u2028\u2029]|(?<!^)\uFEFF/;

/** Refuses characters that end a line for one reader and not for another: a comment to us would be a container to them. @throws GateError `not-text` */
export function refuseOddLines({ text, file, positionOf }: YamlSource): void {
  const odd = ODD.exec(text);
  if (odd === null) return;
  const code = (odd[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  throw new GateError(
    'not-text',
    `has the character U+${code}: readers differ in whether a line ends or begins there`,
    {
      file,
      position: positionOf(odd.index),
    },
  );
}
