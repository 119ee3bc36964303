import type { TrustInput } from 'sigtrail';
import { PUBLIC_GOOD_SNAPSHOT_DATE, tufTrust } from 'sigtrail/trust';
import type { SettingsFiles } from './read-settings.ts';
import type { TrustSetting } from './settings.ts';

type SettingsText = Pick<SettingsFiles, 'text'>;

/** Trust anchors for a verifier, and how they are. */
export interface OpenedTrust {
  readonly input: TrustInput;
  /** Whether there is trust to verify with, and when what it was taken from was made or refreshed. Asks a TUF repository where that is due. */
  readonly look: (now: Date) => Promise<TrustState>;
}

/** What `/readyz` and the metrics tell. */
export type TrustState =
  | { readonly ready: true; readonly since?: Date; readonly expires?: Date; readonly warning?: string }
  | { readonly ready: false; readonly why: string };

/** @throws AdmissionError `invalid-settings` for a file that can't be read */
export async function openTrust(settings: readonly TrustSetting[], files: SettingsText): Promise<OpenedTrust> {
  const parts = await Promise.all(settings.map(async (setting) => openOne(setting, files)));
  return {
    input: parts.map(({ input }) => input),
    look: async (now) => {
      const states = await Promise.all(parts.map(async ({ look }) => look(now)));
      return (
        states.find(({ ready }) => !ready) ??
        states.find((state) => state.ready && state.expires !== undefined) ??
        states[0] ??
        READY
      );
    },
  };
}

interface OnePart {
  readonly input: Exclude<TrustInput, readonly unknown[]>;
  readonly look: (now: Date) => Promise<TrustState>;
}

const READY: TrustState = { ready: true };

async function openOne(setting: TrustSetting, files: SettingsText): Promise<OnePart> {
  if ('embedded' in setting)
    return {
      input: { embedded: true },
      look: async () => ({ ready: true, since: new Date(PUBLIC_GOOD_SNAPSHOT_DATE) }),
    };
  if ('file' in setting) {
    const json = await files.text(setting.file);
    return { input: { json }, look: async () => READY };
  }
  const { mirror, root, cacheDirectory } = setting.tuf;
  const provider = tufTrust({
    ...(mirror === undefined ? {} : { mirror }),
    ...(root === undefined ? {} : { root: await files.text(root) }),
    ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
  });
  return {
    input: provider,
    look: async (now) => {
      try {
        const { source, problem } = await provider(now);
        if (problem !== undefined) return { ready: false, why: problem.message };
        const { expires, warning, ageDays } = source;
        return {
          ready: true,
          ...(ageDays === undefined ? {} : { since: new Date(now.getTime() - ageDays * 86_400_000) }),
          ...(expires === undefined ? {} : { expires: new Date(expires) }),
          ...(warning === undefined ? {} : { warning }),
        };
      } catch (error) {
        // Whatever keeps a provider from answering is why this replica isn't ready.
        return { ready: false, why: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}
