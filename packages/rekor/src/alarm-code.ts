/**
 * The log itself misbehaved, or somebody who speaks for it, or who writes to the watch state:
 *
 * - `fork`: two signed checkpoints of one tree can't both be true.
 * - `rollback`: the tree is smaller than it was, and stays so when asked again.
 * - `stale-replica`: a read was answered from an older state; asking again showed the newer one.
 * - `entry-dropped`: an entry below the signed size isn't served.
 * - `entry-mismatch`: another entry than the one asked for.
 * - `index-mismatch`: the global index isn't the shard's offset and the index in the shard.
 * - `wrong-tree`: the answer is about a tree that was not asked for, or is not of this log; or a tree that is known is gone.
 * - `log-changed`: at the address of a known log answers another one: under another name, with another key, or with its trees in another order; or a log answers that the watch state has never heard of.
 * - `state-incomplete`: the watch state lost what its runs had seen: a log’s trees, or how far the log was scanned.
 * - `untrusted-key`: no signature is of a trusted key, or the key was not in use then (the log signs with another one).
 * - `checkpoint-signature-invalid`: a signature names a trusted key and fails.
 * - `checkpoint-mismatch`: size or root beside a proof are not those of its checkpoint.
 * - `inclusion-invalid`: the proof doesn't lead from the entry to the signed root.
 * - `set-invalid`: the promise (SET) doesn't cover this entry, index and time.
 * - `tile-mismatch`: tiles or entry bundles don't hash to the signed root.
 */
export type AlarmCode =
  | 'fork'
  | 'rollback'
  | 'stale-replica'
  | 'entry-dropped'
  | 'entry-mismatch'
  | 'index-mismatch'
  | 'wrong-tree'
  | 'log-changed'
  | 'state-incomplete'
  | 'untrusted-key'
  | 'checkpoint-signature-invalid'
  | 'checkpoint-mismatch'
  | 'inclusion-invalid'
  | 'set-invalid'
  | 'tile-mismatch';
