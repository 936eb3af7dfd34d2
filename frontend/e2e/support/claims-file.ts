import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { python } from './surroundings';

/** The demo's payers and numbers, renamed so that the file brings payers an organization has not met. */
const NEW_NAMES: [RegExp, string][] = [
  [/Quillback Health Plan/g, 'Eiderwick Health Plan'],
  [/Merrowdale Mutual/g, 'Tansymoor Mutual'],
  [/Copperfern Health Cooperative/g, 'Foxglove Health Cooperative'],
  [/Ironwhistle State Assistance/g, 'Nettlecombe State Assistance'],
  [/Saltmarsh Benefit Trust/g, 'Dunlin Benefit Trust'],
  [/Farrowgate Health/g, 'Wrenfield Health'],
  [/^HL/gm, 'EW'],
  [/,HL-P/g, ',EW-P'],
];

export const DENYING = 'Eiderwick Health Plan';
export const STALLING = 'Tansymoor Mutual';

const DAY_MS = 86_400_000;
export const daysBefore = (date: string, days: number): string =>
  new Date(Date.parse(date) - days * DAY_MS).toISOString().slice(0, 10);
/** Days from one date to another, whatever their order. */
export const daysApart = (one: string, other: string): number => Math.abs(Date.parse(one) - Date.parse(other)) / DAY_MS;

export type ClaimsFile = {
  path: string;
  name: string;
  claims: number;
  lines: number;
  /** Planted: the day from which one payer denies more, and the day from which another pays later. */
  deniesMoreFrom: string;
  paysLaterFrom: string;
};

/** A year of invented claims up to `end`, with two planted changes, as a CSV in `folder`. */
export function writeClaims(folder: string, end: string, claims: number): ClaimsFile {
  const path = `${folder}/eiderwick-year.csv`;
  const deniesMoreFrom = daysBefore(end, 46);
  const paysLaterFrom = daysBefore(end, 32);
  const told = python(
    ...['backend/manage.py', 'write_claims', '--claims', String(claims), '--out', path, '--end', end, '--seed', '7'],
    ...['--denial-drift', 'Quillback Health Plan', deniesMoreFrom, '4'],
    ...['--payment-stall', 'Merrowdale Mutual', paysLaterFrom, '2.2'],
  );
  const counts = /(\d+) claims with (\d+) lines/.exec(told);
  if (!counts) throw new Error(`write_claims did not tell its counts: ${told}`);
  const text = NEW_NAMES.reduce((csv, [old, name]) => csv.replaceAll(old, name), readFileSync(path, 'utf8'));
  writeFileSync(path, text);
  return {
    path,
    name: basename(path),
    claims: Number(counts[1]),
    lines: Number(counts[2]),
    deniesMoreFrom,
    paysLaterFrom,
  };
}
