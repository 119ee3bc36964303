import type { AcceptedSignature, VerifiedLogEntry } from '../../report/report.ts';
import { type Field, fieldTable, type Mark } from './fields.ts';
import { html, type Markup } from './markup.ts';
import { merklePath } from './merkle-path.ts';

/** A log's record of a signature: the entry as the search page shows it, and the path that proves it. */
export function logRecord(entry: VerifiedLogEntry, signature: AcceptedSignature, isOpen: boolean): Markup {
  const { inclusionPath, treeSize, checkpointOrigin } = entry;
  return html`${fieldTable('The entry, as the search page of Rekor shows it', entryFields(entry, signature))}${
    inclusionPath === undefined || treeSize === undefined || checkpointOrigin === undefined
      ? html`<p>The log promised to include the entry. No proof that it did came with the signature.</p>`
      : html`<details class="block"${isOpen ? html` open` : undefined}><summary>The proof that the entry is in the log</summary><div class="in">${merklePath({ ...inclusionPath, treeSize, origin: checkpointOrigin })}</div></details>`
  }`;
}

function entryFields(entry: VerifiedLogEntry, signature: AcceptedSignature): readonly Field[] {
  const { log, logId, logIndex, uuid, kind, integratedTime, inclusionPath, checkpointOrigin, treeSize, searchUrl } =
    entry;
  // The promise is only a signature. A proof leads to a root, and a log that shows others a different root can be caught.
  const body: Mark = entry.inclusionProof === 'verified' ? 'proven' : 'asserted';
  const index: Mark = entry.inclusionPromise === 'verified' ? 'asserted' : 'proven';
  return [
    { name: 'Log', value: log, mark: 'proven' },
    {
      name: 'Log index',
      value: String(logIndex),
      mark: index,
      ...(searchUrl === undefined ? {} : { link: searchUrl }),
    },
    ...(uuid === undefined ? [] : [{ name: 'Entry UUID', value: uuid, mark: body }]),
    { name: 'Type', value: kind, mark: body },
    ...(integratedTime === undefined
      ? []
      : [{ name: 'Integrated time', value: integratedTime, mark: 'asserted' as const }]),
    ...(inclusionPath === undefined
      ? []
      : [{ name: 'Index in tree', value: String(inclusionPath.leafIndex), mark: body }]),
    ...(treeSize === undefined ? [] : [{ name: 'Tree size', value: String(treeSize), mark: body }]),
    ...(checkpointOrigin === undefined ? [] : [{ name: 'Origin', value: checkpointOrigin, mark: body }]),
    { name: 'Log id', value: logId, mark: 'proven' },
    { name: 'Signature', value: signature.signature, mark: body },
    ...(signature.payloadType === undefined
      ? []
      : [{ name: 'Payload type', value: signature.payloadType, mark: 'signer' as const }]),
    ...(signature.predicateType === undefined
      ? []
      : [{ name: 'Predicate type', value: signature.predicateType, mark: 'signer' as const }]),
    ...(signature.dockerReference === undefined
      ? []
      : [{ name: 'Signed for the name', value: signature.dockerReference, mark: 'signer' as const }]),
    ...Object.entries(signature.annotations).map(([name, value]) => ({
      name: `Annotation ${name}`,
      value,
      mark: 'signer' as const,
    })),
  ];
}
