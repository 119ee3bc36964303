import type { TufRepository } from '@sigtrail/testing';

/** What a mirror does to a client that has never been there. */
export interface TufAttack {
  readonly name: string;
  readonly attack: (repository: TufRepository, other: string, now: Date) => void;
  readonly code: 'trust-unavailable' | 'trust-expired';
}

const ROLES = ['timestamp', 'snapshot', 'targets'] as const;
const yesterday = (now: Date): Date => new Date(now.getTime() - 86_400_000);

/** Each must end without trust. */
export const tufAttacks: readonly TufAttack[] = [
  {
    name: 'a root that skips a version',
    attack: (repository) => repository.rotate({ skipVersion: true }),
    code: 'trust-unavailable',
  },
  {
    name: 'a root that the one before did not sign',
    attack: (repository, other) => {
      repository.rotate({ signedByOld: false });
      repository.publish(other);
    },
    code: 'trust-unavailable',
  },
  ...ROLES.map((role) => ({
    name: `${role} signed by a key without delegation`,
    attack: (repository: TufRepository, other: string) => repository.publish(other, { foreignKey: role }),
    code: 'trust-unavailable' as const,
  })),
  ...ROLES.map((role) => ({
    name: `freeze: an expired ${role}`,
    attack: (repository: TufRepository, other: string, now: Date) =>
      repository.publish(other, { expires: { [role]: yesterday(now) } }),
    code: 'trust-expired' as const,
  })),
  {
    name: 'freeze: an expired root',
    attack: (repository, _other, now) => repository.rotate({ expires: yesterday(now) }),
    code: 'trust-expired',
  },
  ...(['snapshot', 'targets'] as const).map((role) => ({
    name: `mix and match: ${role} of another version than is named`,
    attack: (repository: TufRepository, other: string) => {
      const old = repository.files.get(`1.${role}.json`);
      repository.publish(other);
      if (old !== undefined) repository.files.set(`2.${role}.json`, old);
    },
    code: 'trust-unavailable' as const,
  })),
  {
    name: 'another target than was signed, of the same length',
    attack: (repository) => {
      for (const [path, bytes] of repository.files)
        if (path.startsWith('targets/'))
          repository.files.set(path, Buffer.concat([bytes.subarray(0, -1), Buffer.from(' ')]));
    },
    code: 'trust-unavailable',
  },
  ...['timestamp.json', '1.snapshot.json', '1.targets.json', '2.root.json', 'targets/'].map((path) => ({
    name: `endless data at ${path}`,
    attack: (repository: TufRepository) =>
      repository.answer((asked) => (asked.startsWith(path) ? 'endless' : undefined)),
    code: 'trust-unavailable' as const,
  })),
];
