// @ts-check
// The log lines that services have printed.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { address } from './browser.mjs';

/** The JSON lines that a service printed. @param {string} service */
export async function linesOf(service) {
  const text = await readFile(join(address('THROUGHLINE_LOGS'), `${service}.log`), 'utf8');
  return text.split('\n').flatMap((line) => {
    try {
      return [/** @type {Record<string, unknown>} */ (JSON.parse(line))];
    } catch {
      return [];
    }
  });
}
