import { fit, paint } from './paint.ts';
import { type Progress, startProgress } from './progress.ts';
import type { Streams } from './streams.ts';
import { type ColorChoice, colorsOf } from './terminals.ts';

/** How a run is shown to whoever reads a terminal. */
export interface Shown {
  readonly streams: Streams;
  /** Says what the command line asks for, as soon as it is known. */
  readonly begin: (name: string, flags: Readonly<Record<string, unknown>>) => void;
  /** Says what `--color` says. */
  readonly chooseColor: (choice: ColorChoice) => void;
  readonly end: () => void;
}

/** Streams that colour and break text for terminals, and show that something is going on. Other formats than text pass as they are. */
export function showOn({ stdout, stderr, ...others }: Streams): Shown {
  const { terminal } = others;
  let color = colorsOf('auto', others.color);
  let isText = false;
  let progress: Progress | undefined;
  const dress = (text: string, on: 'stdout' | 'stderr'): string => {
    const columns = terminal?.[on]?.columns;
    const fitted = columns === undefined ? text : fit(text, columns);
    return color[on] ? paint(fitted) : fitted;
  };
  return {
    streams: {
      ...others,
      stdout: (text) => {
        progress?.clear();
        stdout(isText ? dress(text, 'stdout') : text);
      },
      stderr: (text) => {
        progress?.clear();
        stderr(dress(text, 'stderr'));
      },
      progress: (text) => progress?.say(text),
    },
    begin: (name, { output = 'none', quiet }) => {
      isText = output === 'text';
      const isForPrograms = quiet === true || output === 'json' || output === 'jsonl';
      if (!isForPrograms) progress = startProgress(`sigtrail ${name}`, { stdout, stderr, ...others });
    },
    chooseColor: (choice) => {
      color = colorsOf(choice, others.color);
    },
    end: () => progress?.stop(),
  };
}
