import type { Copy, Flag, Instruction, ModifiableInstruction, Onbuild } from 'dockerfile-ast';
import type { TextSpan } from '../../text/place.ts';

type Range = ReturnType<Instruction['getRange']>;

/** A stage or an image that an instruction takes files from. */
export interface NamedSource {
  readonly name: string;
  readonly range: Range;
  /** BuildKit reads the options of a mount as comma-separated values, which may be quoted. */
  readonly isQuoted: boolean;
}

/** What `COPY --from` and `RUN --mount=from=` name, also behind `ONBUILD`. */
export function sourcesOf(instruction: Instruction): readonly NamedSource[] {
  if (isOnbuild(instruction)) {
    const trigger = instruction.getTriggerInstruction();
    return trigger === null ? [] : sourcesOf(trigger);
  }
  if (isCopy(instruction)) return flagsOf(instruction, 'from').flatMap(valueOf);
  return isModifiable(instruction) ? flagsOf(instruction, 'mount').flatMap(mountSource) : [];
}

function isOnbuild(instruction: Instruction): instruction is Onbuild {
  return instruction.getKeyword() === 'ONBUILD' && 'getTriggerInstruction' in instruction;
}

function isCopy(instruction: Instruction): instruction is Copy {
  return instruction.getKeyword() === 'COPY' && 'getFlags' in instruction;
}

function isModifiable(instruction: Instruction): instruction is ModifiableInstruction {
  return 'getFlags' in instruction;
}

function flagsOf(instruction: ModifiableInstruction, name: string): readonly Flag[] {
  return instruction.getFlags().filter((flag) => flag.getName().toLowerCase() === name);
}

function valueOf(flag: Flag): readonly NamedSource[] {
  const name = flag.getValue();
  const range = flag.getValueRange();
  return name === null || range === null ? [] : [{ name, range, isQuoted: /["']/.test(name) }];
}

function mountSource(flag: Flag): readonly NamedSource[] {
  const whole = valueOf(flag);
  if (whole.some(({ isQuoted }) => isQuoted)) return whole;
  return flag
    .getOptions()
    .filter((option) => option.getName().toLowerCase() === 'from')
    .flatMap((option) => {
      const name = option.getValue();
      const range = option.getValueRange();
      return name === null || range === null ? [] : [{ name, range, isQuoted: false }];
    });
}

/** The offsets of a range. */
export function spanIn({ start, end }: Range, starts: readonly number[], shift: number): TextSpan {
  return {
    start: (starts[start.line] ?? 0) + start.character + shift,
    end: (starts[end.line] ?? 0) + end.character + shift,
  };
}
