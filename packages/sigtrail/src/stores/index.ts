export { directoryStore } from './directory-store.ts';
export type { DirectoryStoreOptions } from './directory-store.ts';
export { memoryStore } from './memory-store.ts';
export type { MemoryStoreOptions } from './memory-store.ts';
export type { ContentStore, ListingStore, SharedListingsOptions } from 'oci-client-lite';
