import { startRegistry } from '@sigtrail/testing';
import { expect, it } from 'vitest';
import { createHttp } from './http.ts';
import type { HttpOptions } from './http-options.ts';
import type { GateAnswer, RequestGate } from './request-gate.ts';

function recordingGate(enter: RequestGate['enter'] = () => Promise.resolve()): {
  readonly gate: RequestGate;
  readonly entered: readonly string[];
  readonly answers: readonly GateAnswer[];
} {
  const entered: string[] = [];
  const answers: GateAnswer[] = [];
  return {
    gate: {
      enter: async (origin, signal) => {
        entered.push(origin);
        await enter(origin, signal);
      },
      answered: (_, answer) => {
        answers.push(answer);
      },
    },
    entered,
    answers,
  };
}

it('asks the gate before each try, and tells it what each answer says about limits', async () => {
  const registry = await startRegistry();
  const { gate, entered, answers } = recordingGate();
  const http = createHttp({ gate, retryBaseMs: 1 });
  try {
    registry.fail({
      route: 'ping',
      times: 1,
      fault: { kind: 'status', status: 429, retryAfter: 0, headers: { 'ratelimit-limit': '100;w=60' } },
    });
    const { status } = await http.request({ url: `${registry.url}/v2/`, maxBytes: 1000 });
    expect(status).toBe(200);
    expect(entered).toEqual([registry.url, registry.url]);
    expect(answers).toMatchObject([
      { status: 429, retryAfterMs: 0, rateLimit: { limit: 100, windowSeconds: 60 } },
      { status: 200 },
    ]);
    expect(answers[1]).not.toHaveProperty('rateLimit');
  } finally {
    await http.close();
    await registry.close();
  }
});

it('ends with the deadline of the request while the gate is shut, and sends nothing', async () => {
  const registry = await startRegistry();
  const { gate } = recordingGate(() => new Promise(() => undefined));
  const http = createHttp({ gate });
  try {
    await expect(http.request({ url: `${registry.url}/v2/`, maxBytes: 1000, timeoutMs: 30 })).rejects.toMatchObject({
      code: 'timeout',
    });
    expect(registry.requests).toEqual([]);
  } finally {
    await http.close();
    await registry.close();
  }
});

it('fails with what the gate fails with, and sends nothing', async () => {
  const registry = await startRegistry();
  const { gate } = recordingGate(() => Promise.reject(new Error('the gate is broken')));
  const http = createHttp({ gate });
  try {
    await expect(http.request({ url: `${registry.url}/v2/`, maxBytes: 1000 })).rejects.toThrow('the gate is broken');
    expect(registry.requests).toEqual([]);
  } finally {
    await http.close();
    await registry.close();
  }
});

it.each<unknown>([{}, 42, { enter: () => Promise.resolve() }])('refuses what is not a gate: %o', (gate) => {
  expect(() => createHttp({ gate } as HttpOptions)).toThrow('"gate" must be a RequestGate');
});
