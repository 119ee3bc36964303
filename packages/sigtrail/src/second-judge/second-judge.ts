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

/** `@sigstore/verify` as an independent judge: it reads the original bytes and the original trusted root with its own readers. */
export interface SecondJudge {
  ask(question: SecondQuestion): Promise<SecondJudgement>;
}

const MEBIBYTE = 1024 * 1024;
// An answer is a key of 44 characters and a sentence of at most 500.
const BYTES_OF_AN_ANSWER = 2048;
// A parsed certificate takes about this many times its DER.
const READ_PER_DER = 32;

/**
 * A judge with a memory of its own: of the trust that it prepared, the certificates that it read, and its answers by the whole question.
 *
 * @throws Error `unsupported-runtime` if it would answer wrongly
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
      // An answer that depends on the clock is not kept.
      return (answer.isTimeless ? answer : await make()).judgement;
    },
  };
}
