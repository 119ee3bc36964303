#!/usr/bin/env node
import { conformance } from './conformance.ts';

process.exitCode = await conformance(process.argv.slice(2), {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
});
