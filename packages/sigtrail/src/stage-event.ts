import type { SigtrailErrorCode } from './error.ts';
import type { Conclusion } from './report/conclusion.ts';
import type { PolicyStatus } from './report/report.ts';

/** `answer` is everything from a question to its answer, and the others are its parts. `wait` is the wait for the question's turn. */
export type StageName = 'answer' | 'wait' | 'discover' | 'establish' | 'decide';

/** The question and the image that a stage belongs to. */
export interface StageBasis<Name extends StageName> {
  readonly stage: Name;
  /** The same in all events of one question; no other question of this process has it. */
  readonly question: number;
  /** `discover`: the reference that was asked for; `establish` and `decide`: the digest that it names. A question about platforms has several. */
  readonly image?: string;
}

/** A stage begins. */
export interface StageStart extends StageBasis<StageName> {
  readonly phase: 'start';
}

/** A stage is over. */
export interface StageEnd<Name extends StageName> extends StageBasis<Name> {
  readonly phase: 'end';
  readonly durationMs: number;
}

/** The question is answered. Its verdict is there where it was asked by a policy. */
export type AnswerEnd = StageEnd<'answer'> & Partial<Conclusion>;

/** The question has its turn, or its deadline has passed. */
export type WaitEnd = StageEnd<'wait'>;

/** The registry was read. */
export interface DiscoverEnd extends StageEnd<'discover'> {
  /** Requests that were answered by a server, not from memory or a store. */
  readonly requests: number;
  /** Bytes that were read, from anywhere. */
  readonly bytes: number;
  /** How many things are attached to the image. */
  readonly finds: number;
  /** How many places could not be read. */
  readonly unread: number;
  /** Why nothing was read at all. */
  readonly problem?: string;
}

/** The candidates were checked. */
export interface EstablishEnd extends StageEnd<'establish'> {
  readonly candidates: number;
  /** How many of them could not be read. */
  readonly unread: number;
}

/** The policy was applied. */
export interface DecideEnd extends StageEnd<'decide'> {
  readonly accepted: number;
  readonly outcome: PolicyStatus;
}

/** A stage that threw: the call rejects with the same error. */
export interface StageFailure extends StageEnd<StageName> {
  readonly failed: true;
  /** Of a `SigtrailError`. What else was thrown, such as the reason of a signal, is the caller's. */
  readonly code?: SigtrailErrorCode;
}

/** What `onEvent` and the diagnostics channel `sigtrail:stage` get: names, durations and counts. No header, no body, no secret. */
export type StageEvent = StageStart | AnswerEnd | WaitEnd | DiscoverEnd | EstablishEnd | DecideEnd | StageFailure;
