import { expect, it } from 'vitest';
import { mergeScopes, pullScope } from './scopes.ts';

it.each<[string | undefined, string[], string[]]>([
  [undefined, ['repository:a:pull'], ['repository:a:pull']],
  ['repository:a:pull', ['repository:a:pull'], ['repository:a:pull']],
  ['repository:a:push,pull', ['repository:a:pull'], ['repository:a:pull,push']],
  ['repository:b:pull', ['repository:a:pull'], ['repository:b:pull', 'repository:a:pull']],
  [
    'repository:c:pull repository:b:pull',
    ['repository:a:pull'],
    ['repository:b:pull', 'repository:c:pull', 'repository:a:pull'],
  ],
  ['*', ['repository:a:pull'], ['*', 'repository:a:pull']],
  ['aws', [], ['aws']],
  ['registry:catalog:*', [], ['registry:catalog:*']],
  ['repository:r.test:5000/a:pull', [], ['repository:r.test:5000/a:pull']],
  ['  repository:b:pull  ', ['repository:a:pull', 'repository:a:pull'], ['repository:b:pull', 'repository:a:pull']],
  ['x'.repeat(600), ['repository:a:pull'], ['repository:a:pull']],
])('%j before %j', (asked, ours, expected) => {
  expect(mergeScopes(asked, ours)).toEqual(expected);
});

it('asks to pull', () => {
  expect(pullScope('acme/app')).toBe('repository:acme/app:pull');
});
