export type { Access } from './access.ts';
export { digestOf } from './content.ts';
export type { Fault, FaultRule, Route } from './fault.ts';
export { startRegistry } from './registry.ts';
export type { FakeRegistry, RegistryOptions, RequestRecord } from './registry.ts';
