export { digestOf, startRegistry } from './registry/index.ts';
export type { Access, FakeRegistry, Fault, FaultRule, RegistryOptions, RequestRecord, Route } from './registry/index.ts';
