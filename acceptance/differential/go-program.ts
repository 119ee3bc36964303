import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { findProgram } from '../real/programs.ts';

/** A Go program of this folder that answers JSON lines with JSON lines, in their order. */
export interface GoProgram {
  /** Sends a line that has no answer. */
  tell(line: object): void;
  ask(line: object): Promise<unknown>;
  /** Lets the program end by itself. @throws if it failed */
  end(): Promise<void>;
}

/** Starts a program. @throws if `acceptance/real/install.sh` has not built it */
export function startGoProgram(name: string): GoProgram {
  const path = findProgram(name);
  if (path === undefined) throw new Error(`${name} is not built; run acceptance/real/install.sh`);
  const child = spawn(path, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const waiting: { readonly resolve: (answer: unknown) => void; readonly reject: (cause: Error) => void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)));
  const fail = (cause: Error): void => {
    for (const { reject } of waiting.splice(0)) reject(cause);
  };
  child.on('error', fail).on('exit', (code) => fail(new Error(`${name} ended with ${String(code)}`)));
  const tell = (line: object): void => void child.stdin.write(`${JSON.stringify(line)}\n`);
  return {
    tell,
    ask: async (line) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        tell(line);
      }),
    end: async () => {
      child.stdin.end();
      const [code] = (await ended) as readonly unknown[];
      if (code !== 0) throw new Error(`${name} ended with ${String(code)}`);
    },
  };
}
