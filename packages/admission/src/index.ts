export { AdmissionError, isAdmissionError } from './error.ts';
export type { AdmissionErrorCode } from './error.ts';
export { startAdmission } from './start-admission.ts';
export type { Admission, AdmissionOptions } from './start-admission.ts';
