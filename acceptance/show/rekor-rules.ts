import type { Figure } from './figure.ts';
import { runTests } from './run-tests.ts';

/** Each rule for an entry, its binding and a tree's growth, by the tests in which only it is broken: part of their names. */
const RULES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'prove-entry': {
    'leaf: the UUID is the leaf hash of the body': 'refuses a UUID that is not the leaf hash of the body',
    'inclusion: the path leads to the signed root': 'refuses a path that leads elsewhere',
    'checkpoint: its form': 'refuses a checkpoint of another form',
    'checkpoint: signed by a trusted key': 'refuses a checkpoint that no trusted key signed',
    'checkpoint: the signature holds': 'refuses a checkpoint whose signature fails',
    'checkpoint: size and root are those of the proof':
      'refuses a size or root beside the proof that is not the checkpoint’s',
    'checkpoint: its tree is that of the UUID': 'refuses a proof of another tree than the UUID’s',
    'SET: over the canonical bytes': 'refuses a promise over another time',
    'SET: within the key’s window': 'refuses a promise from before the key was in use',
    'index: the shard’s offset and the index in the shard':
      'refuses a global index that is not the shard’s offset and the index in it',
    'witnesses: the quorum cosigned': 'refuses a checkpoint that too few witnesses cosigned',
    'keys: only from the trust that was given': 'refuses the entry of a log whose key is not trusted',
  },
  'inclusion-proof': {
    'inclusion: the index is in the tree': 'refuses an index equal to the size',
    'inclusion: the path is not too short': 'refuses a path too short',
    'inclusion: the path is not too long': 'refuses a path too long',
    'inclusion: hashes of 32 bytes': 'refuses a path hash of another width',
  },
  'compare-entry': {
    'binding: the signature': 'is not of a different signature by the same key over the same bytes',
    'binding: the key': 'is not of a different key',
    'binding: a certificate is not a key': 'is not of a certificate that has the bytes of its key',
    'binding: the digest': 'is not over other bytes',
    'binding: a digest that can’t be told binds nothing': 'is of nothing whose digest can’t be told',
    'binding: one signer’s key is not lent to another': 'does not lend the key of one to the signature of the other',
  },
  'consistency-proof': {
    'growth: equal sizes have one root': 'fails for equal sizes with different roots',
    'growth: equal sizes need no hashes': 'fails for equal sizes with hashes',
    'growth: nothing follows from an empty tree': 'fails for an empty first tree',
    'growth: the proof is whole': 'fails for a hash too few',
    'growth: nothing is left of the proof': 'fails for a hash too many',
    'growth: what was in the tree is in it': 'fails for a log that was rewritten',
  },
  'prove-growth': {
    'growth: two roots for one size are a fork': 'refuses two roots for one size',
    'growth: roots are those of the checkpoints':
      'refuses a tree that does not begin with the known one, whatever hashes are served',
    'growth: a smaller tree is asked for again, then a rollback': 'refuses a tree that has shrunk, after asking again',
    'growth: a stale answer is told apart': 'tells a replica that is behind apart',
    'growth: an empty tree is not a beginning': 'refuses to begin with an empty tree',
    'growth: of one tree': 'refuses the checkpoint of another tree, though the log signed it',
    'growth: what was kept is verified again': 'refuses a known checkpoint that the log did not sign',
  },
};

/** Runs the tests: each rule must have some, and all of them must pass. */
export async function rulesOfTheLog(): Promise<Figure> {
  const files = Object.keys(RULES).map((file) => `packages/rekor/src/proof/${file}.test.ts`);
  const { tests } = await runTests(...files);
  const rules = Object.values(RULES).flatMap((of) => Object.entries(of));
  const failed = rules.filter(([, name]) => {
    const own = tests.filter((test) => test.name.includes(name));
    return own.length === 0 || own.some(({ status }) => status !== 'passed');
  });
  return {
    name: 'rules for an entry of the log, what it is bound to and how a tree grows, each with tests in which only it is broken',
    passed: failed.length === 0,
    value: `${String(rules.length - failed.length)} of ${String(rules.length)}${failed.map(([rule]) => `; ${rule}`).join('')}`,
  };
}
