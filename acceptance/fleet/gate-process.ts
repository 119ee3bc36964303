import { once } from 'node:events';
import { connectQuickly } from '../../packages/fleet/src/connection.ts';
import { createOutage } from '../../packages/fleet/src/outage.ts';
import { createRegistryGate } from '../../packages/fleet/src/registry-gate.ts';

/** What a process does at the gate, in a message of its parent. */
export interface GateOrder {
  readonly redis: string;
  readonly limits: Readonly<Record<string, number>>;
  readonly account: string;
}

/** What it tells: that it went through, and when by the clock of the machine. */
export interface GatePassed {
  readonly at: number;
}

const ORIGIN = 'https://registry.test';
const { signal } = new AbortController();
const [order] = (await once(process, 'message')) as [GateOrder];
const redis = connectQuickly({ redis: order.redis, outage: createOutage(order.redis, () => undefined) });
await once(redis, 'ready');
const gate = createRegistryGate(redis, 'gates', { limits: order.limits, account: order.account });
process.on('message', (word: { readonly enter?: number; readonly answered?: number }) => {
  for (let count = 0; count < (word.enter ?? 0); count += 1)
    void gate.enter(ORIGIN, signal).then(() => process.send?.({ at: Date.now() }));
  if (word.answered !== undefined) gate.answered(ORIGIN, { status: word.answered, retryAfterMs: 2000 });
});
process.once('disconnect', () => process.exit(0));
process.send?.('ready');
