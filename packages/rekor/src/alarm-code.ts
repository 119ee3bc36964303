/**
 * The log itself misbehaved, or a party that answers in its name or writes to the watch state:
 *
 * - `fork`: two signed checkpoints of one tree can't both be true.
 * - `rollback`: the tree is smaller than it was, and stays so when asked again.
 * - `stale-replica`: a read was answered from an older state; a second read showed the newer state.
 * - `entry-dropped`: an entry below the signed size isn't served.
 * - `entry-mismatch`: the log served a different entry than the one requested.
 * - `index-mismatch`: the global index isn't the shard's offset and the index in the shard.
 * - `wrong-tree`: the answer is about a tree that was not requested or doesn't belong to this log; or a known tree is gone.
 * - `log-changed`: a different log answers at the address of a known log, with another name or key, or with its trees in another order; or a log that the watch state has never seen.
 * - `state-incomplete`: the watch state lost what its runs had seen: a log’s trees, or how far the log was scanned.
 * - `untrusted-key`: no signature is by a trusted key, or the key was not in use at that time.
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
