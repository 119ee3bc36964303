// Takes sockets, files and the true time away from the whole process while a replay runs, because a replay must not need them.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

/** `throws`: reading the clock is an error. `wrong`: the clock says a day in 1999. */
export type Clock = 'throws' | 'wrong';

const FILE_CALLS = ['readFileSync', 'openSync', 'open', 'readFile', 'writeFile', 'writeFileSync', 'statSync'] as const;
const FILE_PROMISES = ['readFile', 'open', 'writeFile', 'stat'] as const;
const WRONG = Date.parse('1999-12-31T23:59:59Z');

/** Runs without sockets, files and the right time. Not for two at once: it is the process that is cut off. */
export async function whileCutOff<T>(clock: Clock, act: () => Promise<T>): Promise<T> {
  const restores = [
    ...FILE_CALLS.map((name) => replace(fs, name, off(`the file system (${name})`))),
    ...FILE_PROMISES.map((name) => replace(fs.promises, name, off(`the file system (${name})`))),
    replace(net.Socket.prototype, 'connect', off('the network')),
    replace(globalThis, 'fetch', off('the network')),
    replace(globalThis, 'Date', clockOf(clock)),
  ];
  syncBuiltinESMExports();
  try {
    return await act();
  } finally {
    for (const restore of restores) restore();
    syncBuiltinESMExports();
  }
}

function off(what: string): () => never {
  return () => {
    throw new Error(`${what} was touched`);
  };
}

function clockOf(clock: Clock): DateConstructor {
  const now = clock === 'wrong' ? (): number => WRONG : off('the clock');
  return new Proxy(Date, {
    construct: (target, given: unknown[]) => Reflect.construct(target, given.length === 0 ? [now()] : given) as object,
    apply: () => new Date(now()).toString(),
    get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
  });
}

/** Puts something in a member's place; the answer puts the member back. */
function replace<T extends object>(owner: T, name: keyof T, other: unknown): () => void {
  const was = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { value: other, configurable: true, writable: true });
  return () => {
    if (was === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, was);
  };
}
