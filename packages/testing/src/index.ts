export { digestOf, startRegistry } from './oci-registry/index.ts';
export type { Access, FakeRegistry, Fault, FaultRule, RegistryOptions, RequestRecord, Route } from './oci-registry/index.ts';
