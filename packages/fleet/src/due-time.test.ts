import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { whyNotDue } from './due-time.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

describe('a run that Redis says is due', () => {
  const now = Date.UTC(2026, 10, 30, 2, 1);
  beforeEach(() => {
    vi.useFakeTimers({ now, toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const eachMinute = { cron: '* * * * *', timeZone: 'UTC', latestMs: DAY_MS };
  const ended = new Set([now - MINUTE_MS]);

  it.each([0, 1, -2, -24 * 60])('may begin where it was due %i minutes from now', (minutes) => {
    const dueMs = now + minutes * MINUTE_MS;
    expect(whyNotDue(dueMs, eachMinute, ended)).toBe(undefined);
  });

  it('may begin at three in Berlin', () => {
    const nightly = { cron: '0 3 * * *', timeZone: 'Europe/Berlin', latestMs: DAY_MS };
    expect(whyNotDue(Date.UTC(2026, 10, 30, 2), nightly, new Set())).toBe(undefined);
  });

  it.each([
    ['was long ago', -24 * 60 - 1, 'was due more than 86400000 ms ago'],
    ['is yet to come', 6, 'is not due yet'],
    ['ended', -1, 'has ended before'],
    ['is between two times', -0.5, 'is at no time of the schedule'],
  ])('is left out where it %s', (_what, minutes, why) => {
    expect(whyNotDue(now + minutes * MINUTE_MS, eachMinute, ended)).toBe(why);
  });

  it('may begin an hour later if the clock skips its time', () => {
    const dueMs = Date.UTC(2026, 2, 29, 1, 30);
    vi.setSystemTime(dueMs);
    const nightly = { cron: '30 2 * * *', timeZone: 'Europe/Berlin', latestMs: DAY_MS };
    expect(whyNotDue(dueMs, nightly, new Set())).toBe(undefined);
  });

  it('is left out at three in London if the schedule is for Berlin', () => {
    const nightly = { cron: '0 3 * * *', timeZone: 'Europe/Berlin', latestMs: DAY_MS };
    expect(whyNotDue(Date.UTC(2026, 10, 29, 3), nightly, new Set())).toBe('is at no time of the schedule');
  });
});
