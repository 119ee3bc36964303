import { describe, expect, it } from 'vitest';
import { kindOf } from './kind-of.ts';

describe('a file of Compose without services', () => {
  it.each([
    ['includes a file', 'include: [evil.txt]\n'],
    ['includes one with a path', 'name: x\ninclude:\n  - path: evil.txt\n'],
    ['names models', 'models: { m: { model: ai/smollm2 } }\n'],
    ['has extensions', 'x-a: 1\ninclude: [evil.txt]\n'],
  ])('is known where it %s', (_, text) => {
    expect(kindOf(text, 'stack.yaml')).toBe('compose');
  });

  it.each([
    ['a configuration of TypeScript', '{ "compilerOptions": {}, "include": ["src"] }\n'],
    ['a pipeline of GitLab', 'include: [{ template: Auto-DevOps.gitlab-ci.yml }]\n'],
    ['a text that is included', 'include: a.txt\n'],
    ['a list of models', 'version: 2\nmodels: [{ name: m }]\n'],
    ['nothing but a name', 'name: x\n'],
  ])('is not %s', (_, text) => {
    expect(kindOf(text, 'stack.yaml')).toBeUndefined();
  });
});
