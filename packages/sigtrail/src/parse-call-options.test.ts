import { describe, expect, it } from 'vitest';
import { parseImageOptions, parseTrackOptions } from './parse-call-options.ts';

describe('the options of a call', () => {
  it.each<[string, object, string]>([
    ['a deadline in text', { timeoutMs: '30s' }, '"timeoutMs" must be a positive number of milliseconds, got "30s"'],
    ['no time at all', { timeoutMs: 0 }, '"timeoutMs" must be a positive number of milliseconds, got 0'],
    [
      'a platform in text',
      { platforms: 'linux/amd64' },
      '"platforms" must be "each" or a list like ["linux/amd64"], got "linux/amd64"',
    ],
    ['no platform', { platforms: [] }, 'got an empty list'],
    ['half a platform', { platforms: ['amd64'] }, '"platforms" must be platforms like linux/amd64, got "amd64"'],
    [
      'an object in place of a signal',
      { signal: { aborted: false } },
      '"signal" must be an AbortSignal, got an object',
    ],
    [
      'an index without a reference',
      { inherit: { index: '' } },
      '"inherit.index" must be the reference of an index, got ""',
    ],
  ])('say what came where it can’t be: %s', (_what, options, message) => {
    expect(() => parseImageOptions(options as never)).toThrow(message);
    expect(() => parseImageOptions(options as never)).toThrow(
      expect.objectContaining({ code: 'invalid-option' }) as Error,
    );
  });

  it('pass unchanged if they are well formed', () => {
    const options = { timeoutMs: 30_000, platforms: ['linux/amd64'], signedName: 'exact' } as const;
    expect(parseImageOptions(options)).toEqual(options);
    expect(parseTrackOptions({ scanEntries: 0 })).toEqual({ scanEntries: 0 });
  });
});
