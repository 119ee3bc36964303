import { setImmediate as tick } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { asNested } from './nested-question.ts';
import { createTurns, type EndTurn, type Turns } from './turns.ts';

const anyone = { signals: [] };

async function taken(turns: Turns): Promise<EndTurn> {
  const end = await turns.take(anyone);
  if (end === undefined) throw new Error('no turn');
  return end;
}

/** The names of those that have their turn, in the order in which they got it. */
function watch(turns: Turns, names: readonly string[]): { readonly order: string[]; readonly ends: EndTurn[] } {
  const watched = { order: [] as string[], ends: [] as EndTurn[] };
  for (const name of names)
    void taken(turns).then((end) => {
      watched.order.push(name);
      watched.ends.push(end);
    });
  return watched;
}

it('gives at most so many turns at a time, first in, first out', async () => {
  const turns = createTurns({ concurrency: 2, maxQueue: Infinity });
  const { order, ends } = watch(turns, ['a', 'b', 'c', 'd']);
  await tick();
  expect(order).toEqual(['a', 'b']);
  ends[1]?.();
  await tick();
  expect(order).toEqual(['a', 'b', 'c']);
  ends[0]?.();
  const late = watch(turns, ['e']);
  await tick();
  expect(order).toEqual(['a', 'b', 'c', 'd']);
  expect(late.order).toEqual([]);
});

it('counts a turn that is ended twice once', async () => {
  const turns = createTurns({ concurrency: 1, maxQueue: Infinity });
  const end = await taken(turns);
  end();
  end();
  const { order } = watch(turns, ['a', 'b']);
  await tick();
  expect(order).toEqual(['a']);
});

it('lets a question leave the line when its caller aborts, with the caller’s reason', async () => {
  const turns = createTurns({ concurrency: 1, maxQueue: Infinity });
  const end = await taken(turns);
  const controller = new AbortController();
  const gone = turns.take({ signals: [new AbortController().signal, controller.signal] });
  const { order } = watch(turns, ['next']);
  controller.abort('the user pressed stop');
  await expect(gone).rejects.toBe('the user pressed stop');
  await expect(turns.take({ signals: [controller.signal] })).rejects.toBe('the user pressed stop');
  end();
  await tick();
  expect(order).toEqual(['next']);
});

it('lets a question leave the line at its deadline, without a turn', async () => {
  const turns = createTurns({ concurrency: 1, maxQueue: Infinity });
  const end = await taken(turns);
  expect(await turns.take({ signals: [], end: performance.now() + 20 })).toBeUndefined();
  end();
  expect(await turns.take({ signals: [], end: performance.now() - 1 })).toBeUndefined();
  await taken(turns);
});

it('waits for a turn before a deadline that is further away than timers count', async () => {
  const turns = createTurns({ concurrency: 1, maxQueue: Infinity });
  const end = await taken(turns);
  const waiting = turns.take({ signals: [], end: performance.now() + 2 ** 32 });
  await tick();
  end();
  expect(await waiting).toBeDefined();
});

it('refuses a question that finds the line full', async () => {
  const turns = createTurns({ concurrency: 1, maxQueue: 1 });
  const end = await taken(turns);
  const { order } = watch(turns, ['waits']);
  await tick();
  await expect(taken(turns)).rejects.toMatchObject({ code: 'overloaded' });
  end();
  await tick();
  expect(order).toEqual(['waits']);
});

it('without a line takes only what it can answer at once', async () => {
  const turns = createTurns({ concurrency: 1, maxQueue: 0 });
  const end = await taken(turns);
  await expect(taken(turns)).rejects.toMatchObject({ code: 'overloaded' });
  end();
  await taken(turns);
});

it('gives what the code of a policy asks turns of its own, which a full line does not refuse', async () => {
  const turns = createTurns({ concurrency: 1, maxQueue: 0 });
  await taken(turns);
  const inner = await asNested(async () => taken(turns));
  await asNested(async () => asNested(async () => taken(turns)));
  const waiting = asNested(async () => taken(turns));
  inner();
  await waiting;
});
