// In CommonJS, and in Bun, Node's; in an ES module that esbuild bundled, esbuild's; in any other ES module there is none.
declare const require: ((name: string) => unknown) | undefined;

/**
 * Gives the CommonJS packages in a bundle Node's own modules. Where esbuild writes a bundle as an ES module, the `require` of those packages fails for
 * everything, unless there is a global one. This is that one, for Node's modules only; undici asks for some of them as late as its first connection
 * over TLS, so it stays. Nothing is defined outside such a bundle.
 */
export function provideBundledRequire(): void {
  if (!isRequireWithoutNode() || 'require' in globalThis) return;
  Object.defineProperty(globalThis, 'require', {
    configurable: true,
    writable: true,
    value: (name: string): unknown => {
      const found: unknown = process.getBuiltinModule(name);
      if (found === undefined)
        throw Object.assign(new Error(`the bundle has no module "${name}"`), { code: 'MODULE_NOT_FOUND' });
      return found;
    },
  });
}

/** Whether there is a `require` that can't load a module that every Node has. */
function isRequireWithoutNode(): boolean {
  if (typeof require !== 'function') return false;
  try {
    require('node:buffer');
    return false;
  } catch {
    return true; // that it throws is the answer
  }
}
