import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { couldSelect, digestOf, isSelectable, parsePlatform, selectableFor, selectPlatform } from '../index.ts';
import type { Descriptor, ImageIndex, OciError, Platform } from '../index.ts';

const entry = (platform: Platform | undefined, name: string, more: Partial<Descriptor> = {}): Descriptor => ({
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: digestOf(new TextEncoder().encode(name)),
  size: 1,
  ...(platform === undefined ? {} : { platform }),
  ...more,
});
const indexOf = (...manifests: Descriptor[]): ImageIndex => ({
  kind: 'index',
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests,
});
const linux = (architecture: string, variant?: string): Platform => ({
  os: 'linux',
  architecture,
  ...(variant === undefined ? {} : { variant }),
});
const windows = (version: string): Platform => ({ os: 'windows', architecture: 'amd64', 'os.version': version });

describe('selectPlatform', () => {
  it.each<[Platform, string, boolean]>([
    [linux('amd64'), 'linux/amd64', true],
    [linux('amd64', 'v1'), 'linux/amd64', true],
    [linux('amd64', 'v2'), 'linux/amd64', false],
    [linux('amd64'), 'linux/amd64/v2', false],
    [linux('amd64'), 'linux/x86_64', true],
    [linux('arm64'), 'linux/arm64/v8', true],
    [linux('arm64', 'v8'), 'linux/arm64', true],
    [linux('arm64', 'v8'), 'linux/aarch64', true],
    [linux('arm64', '8'), 'linux/arm64', true],
    [linux('arm64', 'v9'), 'linux/arm64', false],
    [linux('arm', 'v7'), 'linux/arm', true],
    [linux('arm'), 'linux/arm/v7', true],
    [linux('arm', 'v6'), 'linux/arm', false],
    [linux('arm', 'v6'), 'linux/armel', true],
    [linux('arm', 'v7'), 'linux/armhf', true],
    [linux('arm64'), 'linux/arm', false],
    [linux('386'), 'linux/i686', true],
    [linux('amd64'), 'Linux/AMD64', true],
    [linux('amd64'), 'windows/amd64', false],
    [{ os: 'darwin', architecture: 'arm64' }, 'macos/arm64', true],
  ])('%j is for %s: %s', (platform, wanted, expected) => {
    const index = indexOf(entry(platform, 'a'));
    if (expected) expect(selectPlatform(index, wanted)).toBe(index.manifests[0]);
    else expect(() => selectPlatform(index, wanted)).toThrow(expect.objectContaining({ code: 'no-matching-platform' }));
  });

  it('takes the first of several, whatever its annotations, and never what has no platform or is for none', () => {
    // What every other client runs, too.
    const first = entry(linux('amd64'), 'first', {
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    });
    const index = indexOf(
      entry(undefined, 'none'),
      entry({ os: 'unknown', architecture: 'unknown' }, 'unknown'),
      first,
      entry(linux('amd64'), 'second'),
    );
    expect(selectPlatform(index, 'linux/amd64')).toBe(first);
    expect(() => selectPlatform(index, 'unknown/unknown')).toThrow();
  });

  it('compares the build of Windows by its beginning', () => {
    const old = entry(windows('10.0.17763.1'), 'old');
    const recent = entry(windows('10.0.20348.2700'), 'recent');
    const index = indexOf(old, recent);
    const choose = (version?: string) =>
      selectPlatform(index, { os: 'windows', architecture: 'amd64', 'os.version': version });
    expect(choose('10.0.20348')).toBe(recent);
    expect(choose('10.0.17763.1')).toBe(old);
    expect(choose()).toBe(old);
    expect(() => choose('10.0.2034')).toThrow();
  });

  it('says what there is', () => {
    const index = indexOf(entry(linux('arm64', 'v8'), 'a'), entry(windows('10.0.1'), 'b'), entry(undefined, 'c'));
    let thrown: unknown;
    try {
      selectPlatform(index, 'linux/riscv64');
    } catch (error) {
      thrown = error;
    }
    expect(thrown as OciError).toMatchObject({
      code: 'no-matching-platform',
      expected: 'linux/riscv64',
      actual: 'linux/arm64/v8, windows/amd64 (10.0.1)',
    });
  });
});

describe('couldSelect', () => {
  it.each<[Platform | undefined, string, boolean]>([
    [linux('amd64'), 'linux/amd64', true],
    [linux('amd64', 'v3'), 'linux/amd64', true],
    [linux('amd64', 'v3'), 'linux/amd64/v2', false],
    [linux('x86_64'), 'linux/amd64', true],
    [{ os: 'Linux', architecture: 'AMD64' }, 'linux/amd64', true],
    [linux('arm', 'v5'), 'linux/arm', true],
    [linux('arm'), 'linux/arm', true],
    [linux('arm'), 'linux/arm/v7', true],
    [linux('arm', 'v5'), 'linux/arm/v7', true],
    [linux('arm', 'v8'), 'linux/arm/v7', false],
    [linux('arm', 'vv5'), 'linux/arm/v7', false],
    [linux('arm', 'v6'), 'linux/armhf', true],
    [linux('armhf', 'v3'), 'linux/arm/v7', true],
    [linux('armhf', 'v3'), 'linux/arm/v6', false],
    [linux('arm'), 'linux/arm/v5', true],
    [linux('amd64', 'v2'), 'linux/amd64/v3', true],
    [linux('amd64'), 'linux/amd64/v3', true],
    [linux('arm64', 'v8.2'), 'linux/arm64/v9', true],
    [linux('arm64'), 'linux/arm64/v9', true],
    [linux('arm64', 'v9.0'), 'linux/arm64/9', true],
    [linux('386'), 'linux/amd64', false],
    [{ os: 'lİnux', architecture: 'amd64' }, 'linux/amd64', true],
    [linux('arm', 'v6'), 'linux/armel', true],
    [linux('arm'), 'linux/arm64', false],
    [linux('arm64', 'v8'), 'linux/arm64', true],
    [linux('arm64', 'v9'), 'linux/arm64', true],
    [linux('arm64', 'v9'), 'linux/arm64/v8', false],
    [windows('10.0.1'), 'windows/amd64', true],
    [linux('amd64'), 'windows/amd64', false],
    [undefined, 'linux/amd64', true],
    [{ os: '', architecture: 'amd64' }, 'linux/arm64', true],
    [{ os: 'linux', architecture: '' }, 'linux/arm64', true],
    [{ os: 'unknown', architecture: 'unknown' }, 'linux/amd64', false],
  ])('%j by a client that wants %s: %s', (platform, wanted, expected) => {
    expect(couldSelect(platform === undefined ? {} : { platform }, wanted)).toBe(expected);
  });

  it('holds for whatever selectPlatform selects', () => {
    const text = fc.constantFrom(
      '',
      'linux',
      'Linux',
      'windows',
      'arm',
      'armhf',
      'arm64',
      'amd64',
      'x86_64',
      'unknown',
    );
    const variant = fc.option(fc.constantFrom('v5', 'v6', 'v7', 'v8', '8', ''), { nil: undefined });
    const platform = fc.record({ os: text, architecture: text, variant }).map(({ variant: said, ...rest }) => ({
      ...rest,
      ...(said === undefined ? {} : { variant: said }),
    }));
    fc.assert(
      fc.property(
        fc.array(platform),
        fc.constantFrom('linux/amd64', 'linux/arm', 'linux/arm/v6', 'linux/arm64/v8'),
        (all, wanted) => {
          const index = indexOf(...all.map((one, at) => entry(one, String(at))));
          let selected: Descriptor | undefined;
          try {
            selected = selectPlatform(index, wanted);
          } catch {
            return;
          }
          expect(couldSelect(selected, wanted)).toBe(true);
          expect(selectableFor(index.manifests, wanted)).toContain(selected);
          expect(isSelectable(selected)).toBe(true);
        },
      ),
    );
  });
});

describe('selectableFor', () => {
  const v = (variant: string): Platform => linux('arm', variant);
  it.each<[string, string, readonly (Platform | undefined)[], readonly number[]]>([
    ['the very variant alone', 'linux/arm/v7', [v('v6'), v('v7'), v('v5')], [1]],
    ['every spelling of it', 'linux/arm/v7', [v('v6'), v('v7'), linux('armhf'), linux('arm')], [1, 2, 3]],
    ['the lesser ones where it is missing', 'linux/arm/v7', [v('v6'), v('v5'), v('v8')], [0, 1]],
    ['the lesser ones where only some clients read it', 'linux/arm/v7', [v('v6'), v('7')], [0, 1]],
    ['all beside one with features', 'linux/arm/v7', [v('v6'), { ...v('v7'), 'os.features': ['x'] }], [0, 1]],
    ['every variant of a bare name', 'linux/arm', [v('v6'), v('v7'), v('v5')], [0, 1, 2]],
    ['386 for amd64, without an exact match', 'linux/amd64', [linux('386'), linux('arm')], [0]],
    ['no 386 beside amd64', 'linux/amd64', [linux('386'), linux('amd64')], [1]],
    ['386 beside what old hosts do not run', 'linux/amd64', [linux('386'), linux('amd64', 'v3')], [0, 1]],
    ['no 386 beside the least variant', 'linux/amd64/v3', [linux('386'), linux('amd64', 'v1')], [1]],
    ['386 beside a lesser variant', 'linux/amd64/v3', [linux('386'), linux('amd64', 'v2')], [0, 1]],
    ['arm beside what is no arm64', 'linux/arm64/v8', [v('v7'), linux('arm64', 'v7')], [0, 1]],
    ['arm for arm64, without an exact match', 'linux/arm64', [v('v5'), v('v7'), linux('386')], [0, 1]],
    ['no arm beside arm64', 'linux/arm64', [v('v7'), linux('arm64', 'v8')], [1]],
    [
      '386 for Windows, whose builds differ',
      'windows/amd64',
      [windows('1'), { os: 'windows', architecture: '386' }],
      [0, 1],
    ],
    ['what says nothing', 'linux/arm/v7', [undefined, v('v7'), { os: '', architecture: 'x' }, linux('')], [0, 1, 2, 3]],
  ])('%s: %s', (_, wanted, platforms, expected) => {
    const entries = platforms.map((platform, at) => entry(platform, String(at)));
    expect(selectableFor(entries, wanted)).toEqual(expected.map((at) => entries[at]));
  });
});

describe('parsePlatform', () => {
  it.each(['', 'linux', 'linux/', '/amd64', 'linux/arm/', 'linux/arm/v7/x'])('refuses %j', (text) => {
    expect(() => parsePlatform(text)).toThrow(TypeError);
  });
  it('reads back what it makes', () => {
    fc.assert(
      fc.property(
        fc.record({ os: fc.stringMatching(/^[a-z]{1,8}$/), architecture: fc.stringMatching(/^[a-z0-9]{1,8}$/) }),
        (parts) => {
          expect(parsePlatform(parsePlatform(parts))).toEqual(parsePlatform(parts));
        },
      ),
    );
  });
});
