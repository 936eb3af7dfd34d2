import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { read } from './operations';
import { fieldsOf, typedOf, valuesOf } from './variables';

const schema = buildSchema(readFileSync(`${process.cwd()}/../schema.graphql`, 'utf8'));
const QUERY = `query Rates(
  $from: Date!, $to: Date, $first: Int = 5, $by: [MetricDimension!]!, $order: MetricMeasure!, $payer: ID,
  $least: Float, $money: Decimal, $whole: Boolean, $filter: ClaimFilter, $any: JSON
) { __typename }`;
const fields = fieldsOf(read(QUERY).operation, schema);
const field = (name: string) => fields.find((each) => each.name === name);

describe('the form of a query’s variables', () => {
  it('asks for each as its type says', () => {
    expect(Object.fromEntries(fields.map(({ name, kind }) => [name, kind]))).toEqual({
      from: 'date',
      to: 'date',
      first: 'whole',
      by: 'json',
      order: 'choice',
      payer: 'text',
      least: 'number',
      money: 'number',
      whole: 'boolean',
      filter: 'json',
      any: 'json',
    });
    expect(field('order')?.choices).toContain('DENIAL_RATE');
    expect(field('by')?.type).toBe('[MetricDimension!]!');
  });

  it('requires what may not be null and has no value of its own', () => {
    expect(fields.filter(({ required }) => required).map(({ name }) => name)).toEqual(['from', 'by', 'order']);
    expect(field('first')?.fallback).toBe('5');
  });

  it('sends what was typed in its own type, and leaves out what was not given', () => {
    const typed = {
      from: '2026-03-01',
      to: ' ',
      first: '20',
      by: '["PAYER"]',
      order: 'DENIAL_RATE',
      least: '0.5',
      money: '1200.10',
      whole: 'false',
    };
    expect(valuesOf(fields, typed)).toEqual({
      values: {
        from: '2026-03-01',
        first: 20,
        by: ['PAYER'],
        order: 'DENIAL_RATE',
        least: 0.5,
        money: '1200.10',
        whole: false,
      },
      problems: {},
    });
  });

  it('says at each field what is wrong', () => {
    const typed = { from: 'March', first: '2.5', by: 'PAYER', order: 'NONE', least: 'much' };
    expect(Object.keys(valuesOf(fields, typed).problems)).toEqual(['from', 'first', 'by', 'order', 'least']);
    expect(valuesOf(fields, {}).problems.from).toMatch(/needs one/);
  });

  it('shows kept values again as they would be typed', () => {
    expect(typedOf({ first: 20, by: ['PAYER'], whole: false, to: null })).toEqual({
      first: '20',
      by: '[\n  "PAYER"\n]',
      whole: 'false',
    });
    expect(typedOf(null)).toEqual({});
  });

  it('is there before the schema is known', () => {
    expect(fieldsOf(read('query($n: Int!) { __typename }').operation, null)).toEqual([
      { name: 'n', type: 'Int!', kind: 'text', required: true, fallback: null, choices: [] },
    ]);
  });
});

describe('the operation that is run', () => {
  const two = 'query A { __typename }\nquery B { __typename }';
  it('is the one the cursor stands in', () => {
    expect(read(two, 3).operation?.name?.value).toBe('A');
    expect(read(two, two.length - 2).operation?.name?.value).toBe('B');
  });
  it('is a query', () => {
    expect(read('mutation { __typename }').problem).toMatch(/only reads/);
    expect(read('fragment F on Payer { id }').problem).toMatch(/no query/);
    expect(read('{').problem).toMatch(/Syntax Error/);
    expect(read('  ').problem).toMatch(/Write a query/);
    expect(read('{ __typename }').problem).toBeNull();
  });
});
