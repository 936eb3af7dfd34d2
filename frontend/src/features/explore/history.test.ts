import { expect, it } from 'vitest';
import { createHistory, keepable } from './history';

it('keeps the last queries of a person on this device, the same one once', () => {
  const history = createHistory('key');
  history.add('{ a }');
  history.add('{ b }');
  history.add('{ a }');
  expect(
    createHistory('key')
      .get()
      .map(({ text }) => text),
  ).toEqual(['{ a }', '{ b }']);
  expect(createHistory('another').get()).toEqual([]);
  for (let number = 0; number < 60; number += 1) history.add(`{ a${number} }`);
  expect(createHistory('key').get()).toHaveLength(50);
  history.clear();
  expect(createHistory('key').get()).toEqual([]);
  expect(localStorage.getItem('key')).toBeNull();
});

it('keeps nothing that may be of a patient: what stands in quotes or in remarks', () => {
  const kept = keepable(
    '{ claims(filter: {controlNumber: "Ann Smith", submittedFrom: "2026-01-01"}) { totalCount } } # Ann',
  );
  expect(kept).not.toContain('Ann');
  expect(kept).toContain('submittedFrom: "2026-01-01"');
  const id = '0190a000-0000-7000-8000-000000000000';
  expect(keepable(`{ payer(id:   "${id}") { name } }`)).toBe(`{ payer(id:   "${id}") { name } }`);
});

it('begins anew where what was kept cannot be read', () => {
  localStorage.setItem('key', '{');
  expect(createHistory('key').get()).toEqual([]);
});
