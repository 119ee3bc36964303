import crypto from 'node:crypto';
import type { SecondJudgement } from '../report/report.ts';
import { createMemory } from './bounded-memory.ts';
import { type Answer, answerQuestion } from './answer-question.ts';
import { nameOfQuestion, nameOfTrust } from './name-of-question.ts';
import { type PreparedTrust, prepareTrust } from './prepare-trust.ts';
import type { SecondQuestion } from './question.ts';
import type { RememberCertificate } from './read-entity.ts';
import { RememberingCertificate } from './remembering-certificate.ts';
import { requireDefaultDigest } from './require-default-digest.ts';

/** `@sigstore/verify` as a judge of its own: it reads the original bytes and the original trusted root by its own readers. */
export interface SecondJudge {
  ask(question: SecondQuestion): Promise<SecondJudgement>;
}

const MEBIBYTE = 1024 * 1024;
// An answer is a name of 44 characters and a sentence of at most 500.
const BYTES_OF_AN_ANSWER = 2048;
// A certificate that was read takes about this many times its DER.
const READ_PER_DER = 32;

/**
 * A judge with a memory of its own: of trust it prepared, of certificates it read, and of its answers by all that was given.
 *
 * @throws Error `unsupported-runtime` where it would answer wrongly
 */
export function createSecondJudge(): SecondJudge {
  requireDefaultDigest();
  const answers = createMemory<Promise<Answer>>(8 * MEBIBYTE);
  const certificates = createMemory<RememberingCertificate>(64 * MEBIBYTE);
  const prepared = createMemory<PreparedTrust>(128 * MEBIBYTE);
  const certificate: RememberCertificate = (der, read) =>
    certificates(crypto.hash('sha256', der, 'base64'), der.length * READ_PER_DER, () =>
      read === undefined ? RememberingCertificate.parse(Buffer.from(der)) : new RememberingCertificate(read.root),
    );
  return {
    async ask(question) {
      const { trust } = question;
      const name = nameOfQuestion(question);
      const prepare = (): PreparedTrust =>
        prepared(nameOfTrust(trust), trust.original.length * READ_PER_DER, () => prepareTrust(trust));
      const make = async (): Promise<Answer> => answerQuestion(question, () => ({ trust: prepare(), certificate }));
      const answer = await (name === undefined ? make() : answers(name, BYTES_OF_AN_ANSWER, make));
      // What depends on the clock is asked again.
      return (answer.isTimeless ? answer : await make()).judgement;
    },
  };
}
