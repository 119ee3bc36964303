import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { findStack } from './stack.ts';

/** A real Sigstore with a registry, on the ports that its script has. */
export interface RealSigstore extends AsyncDisposable {
  readonly registry: string;
  /** Of the tokens of `token`. */
  readonly issuer: string;
  /** A file with its trusted root, a signing configuration, or a key. */
  trustFile(name: string): string;
  /** A token that Fulcio takes for this person. */
  token(email: string): Promise<string>;
}

/** Starts one. Returns nothing if one of its programs, or of those named, isn't installed. Two can't run at the same time. */
export function findRealSigstore(
  alsoNeeded: readonly string[],
): { readonly start: () => Promise<RealSigstore> } | undefined {
  const { missing, prepare } = findStack(alsoNeeded);
  if (missing.length > 0) return undefined;
  return {
    start: async () => {
      const stack = prepare();
      const stop = async (): Promise<void> => {
        await stack.down();
        rmSync(stack.state, { recursive: true, force: true });
      };
      try {
        await stack.up();
      } catch (error) {
        // It may have come up in part.
        await stop();
        throw error;
      }
      return {
        registry: '127.0.0.1:5801',
        issuer: 'http://127.0.0.1:5803/email',
        trustFile: (name) => join(stack.state, 'trust', name),
        token: async (email) => {
          const body = JSON.stringify({ sub: '1', email, email_verified: true });
          return (await (await fetch('http://127.0.0.1:5803/email/token', { method: 'POST', body })).text()).trim();
        },
        [Symbol.asyncDispose]: stop,
      };
    },
  };
}
