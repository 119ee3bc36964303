import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Created, openPodMaker, type PodMaker } from './create-pods.ts';
import { findDistribution, startDistribution } from './distribution.ts';
import { type KubernetesWorld, openKubernetesWorld, programs } from './world.ts';

// Things that end or change in the middle of work. Whatever happens, no unsigned image is ever admitted.

const distribution = findDistribution();

let world: KubernetesWorld;
let pods: PodMaker;
const figure = (what: string, value: string): void => console.log(`${what.padEnd(72)} ${value}`);

interface Sample extends Created {
  readonly isSigned: boolean;
  /** When it was sent and when it was answered, by `performance.now()`. */
  readonly sent: number;
  readonly answered: number;
}

describe.skipIf(programs === undefined)('while things break, from a real API server', () => {
  beforeAll(async () => {
    if (programs === undefined) return;
    world = await openKubernetesWorld(programs, {
      timeoutSeconds: 2,
      settings: () => "namespaces:\n  - names: ['*']\n    map: map.yaml\n",
    });
    pods = openPodMaker(world.cluster);
  });
  afterAll(async () => {
    pods?.[Symbol.dispose]();
    await world?.[Symbol.asyncDispose]();
  });

  /** Creates ten Pods a second, every second one from a signed image, while `happens` happens. */
  const during = async (
    happens: () => Promise<void>,
    { signed, unsigned }: Pick<KubernetesWorld, 'signed' | 'unsigned'> = world,
  ): Promise<readonly Sample[]> => {
    const samples: Promise<Sample>[] = [];
    let isOver = false;
    const sampling = (async () => {
      for (let count = 0; !isOver; count += 1) {
        const isSigned = count % 2 === 0;
        const sent = performance.now();
        const sample = pods.create([(isSigned ? signed : unsigned).reference]).then(
          (created) => ({ ...created, isSigned, sent, answered: performance.now() }),
          (error: unknown) => ({
            status: 0,
            milliseconds: 0,
            message: String(error),
            images: [],
            isSigned,
            sent,
            answered: performance.now(),
          }),
        );
        samples.push(sample);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
    await happens();
    isOver = true;
    await sampling;
    return Promise.all(samples);
  };
  const pause = async (milliseconds: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, milliseconds));
  const wrong = (samples: readonly Sample[]): readonly Sample[] =>
    samples.filter(({ isSigned, status }) => !isSigned && status === 201);
  /** Every image that was admitted is pinned, as only the mutating hook can have done. */
  const unpinned = (samples: readonly Sample[]): readonly Sample[] =>
    samples.filter(({ status, images }) => status === 201 && !images.every((image) => image.includes('@sha256:')));
  const recovery = (samples: readonly Sample[], since: number): number =>
    Math.round(
      Math.min(
        ...samples.filter(({ status, sent }) => status === 201 && sent > since).map(({ answered }) => answered),
      ) - since,
    );

  it('kill -9 of the webhook', async () => {
    let back = 0;
    const samples = await during(async () => {
      await pause(1000);
      await world.webhook.kill();
      await pause(1000);
      back = performance.now();
      await world.webhook.start();
      await pause(4000);
    });
    expect([wrong(samples), unpinned(samples)]).toEqual([[], []]);
    expect(samples.some(({ isSigned, status }) => isSigned && status !== 201)).toBe(true);
    figure(
      'kill -9 of the webhook: the first Pod admitted, after it was started again',
      `${recovery(samples, back)} ms`,
    );
  });

  it('end of the registry', async () => {
    let back = 0;
    const samples = await during(async () => {
      await pause(1000);
      await world.registry.refuseConnections();
      await pause(1500);
      back = performance.now();
      await world.registry.acceptConnections();
      await pause(3000);
    });
    expect([wrong(samples), unpinned(samples)]).toEqual([[], []]);
    figure('end of the registry: the first Pod admitted, after it was back', `${recovery(samples, back)} ms`);
  });

  it.skipIf(distribution === undefined)('kill -9 of a registry that is a program of its own', async () => {
    if (distribution === undefined) return;
    await using registry = await startDistribution(distribution, world.registry.host);
    const images = { signed: registry.at(world.signed), unsigned: registry.at(world.unsigned) };
    await registry.copy(world.signed.reference, images.signed.reference);
    await registry.copy(world.unsigned.reference, images.unsigned.reference);
    let back = 0;
    const samples = await during(async () => {
      await pause(1500);
      await registry.kill();
      await pause(1500);
      back = performance.now();
      await registry.start();
      await pause(3000);
    }, images);
    expect([wrong(samples), unpinned(samples)]).toEqual([[], []]);
    expect(samples.some(({ isSigned, status }) => isSigned && status !== 201)).toBe(true);
    figure(
      'kill -9 of the registry: the first Pod admitted, after it was started again',
      `${recovery(samples, back)} ms`,
    );
  });

  it('a new certificate every 300 ms fails nothing', async () => {
    const samples = await during(async () => {
      for (let count = 0; count < 10; count += 1) {
        await world.webhook.renewCertificate();
        await pause(300);
      }
    });
    expect(wrong(samples)).toEqual([]);
    expect(samples.filter(({ isSigned, status }) => isSigned && status !== 201)).toEqual([]);
    const reloads = world.webhook.log().split('"certificate-reloaded"').length - 1;
    expect(reloads).toBeGreaterThan(3);
    figure('certificates renewed under load, and Pods that failed for it', `${reloads}, 0`);
  });

  it('restart of the API server', async () => {
    const samples = await during(async () => {
      await pause(500);
      await world.cluster.restart();
      await pause(2000);
    });
    expect([wrong(samples), unpinned(samples)]).toEqual([[], []]);
    expect(samples.at(-1)?.status === 201 || samples.at(-2)?.status === 201).toBe(true);
  });

  it('ends with success at SIGTERM', async () => {
    const began = performance.now();
    expect(await world.webhook.stop()).toBe(0);
    figure('from SIGTERM to the end, with 200 ms for drainMs', `${Math.round(performance.now() - began)} ms`);
    expect(performance.now() - began).toBeLessThan(5000);
    expect(world.webhook.log()).toContain('"ended"');
  });
});
