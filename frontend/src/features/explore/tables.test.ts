import { readFileSync } from 'node:fs';
import { buildSchema, type DocumentNode, type OperationDefinitionNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { read } from './operations';
import { csvOf, sorted, type Table, tablesOf } from './tables';

const schema = buildSchema(readFileSync(`${process.cwd()}/../schema.graphql`, 'utf8'));
function tables(text: string, data: Record<string, unknown>): Table[] {
  const { document, operation } = read(text);
  return tablesOf(schema, document as DocumentNode, operation as OperationDefinitionNode, data);
}
const texts = ({ cells, rows }: Table) => rows.map((row) => cells.map(({ id }) => row[id]));

const CLAIMS = `query {
  claims {
    totalCount
    items { controlNumber ...Payer adjustments { reasonCode amount } lines { number remarks: procedureCode } }
    pageInfo { endCursor }
  }
}
fragment Payer on Claim { payer { name } controlNumber }`;

describe('an answer as tables', () => {
  it('takes columns from the query in its order, also where there is no row', () => {
    const [table] = tables(CLAIMS, { claims: { totalCount: 0, items: [], pageInfo: { endCursor: null } } });
    expect(table?.name).toBe('claims');
    expect(table?.cells.map(({ heading, scalar }) => [heading, scalar])).toEqual([
      ['controlNumber', 'String'],
      ['payer.name', 'String'],
      ['adjustments.reasonCode', 'String'],
      ['adjustments.amount', 'Decimal'],
      ['lines.number', 'Int'],
      ['lines.remarks', 'String'],
    ]);
    expect(table?.rows).toEqual([]);
  });

  it('gives a row for each item of a list, one list after the other', () => {
    const [table] = tables(CLAIMS, {
      claims: {
        items: [
          {
            controlNumber: 'A',
            payer: { name: 'North' },
            adjustments: [
              { reasonCode: '45', amount: '1.00' },
              { reasonCode: '197', amount: '2.00' },
            ],
            lines: [
              { number: 1, remarks: '97110' },
              { number: 2, remarks: '97112' },
            ],
          },
          { controlNumber: 'B', payer: null, adjustments: [], lines: [{ number: 1, remarks: '99213' }] },
        ],
      },
    });
    expect(texts(table as Table)).toEqual([
      ['A', 'North', '45', '1.00', undefined, undefined],
      ['A', 'North', '197', '2.00', undefined, undefined],
      ['A', 'North', undefined, undefined, 1, '97110'],
      ['A', 'North', undefined, undefined, 2, '97112'],
      ['B', undefined, undefined, undefined, 1, '99213'],
    ]);
  });

  it('makes a table of each thing, and leaves out what was refused', () => {
    const found = tables('{ payers { items { name aliases } } one: viewer { name } more: payers { totalCount } }', {
      payers: { items: [{ name: 'North', aliases: ['N', 'NH'] }] },
      one: null,
      more: { totalCount: 3 },
    });
    expect(found.map(({ name, rows }) => [name, rows.length])).toEqual([
      ['payers', 1],
      ['one', 0],
      ['more', 1],
    ]);
    expect(texts(found[0] as Table)).toEqual([['North', ['N', 'NH']]]);
  });
});

const table: Table = {
  name: 't',
  cells: [
    { id: 'name', heading: 'name', scalar: 'String' },
    { id: 'amount', heading: 'amount', scalar: 'Decimal' },
  ],
  rows: [
    { name: 'b', amount: '9.00' },
    { name: 'a', amount: null },
    { name: 'c', amount: '10.50' },
  ],
};

it('sorts numbers as numbers, and what has none last either way', () => {
  const order = (descending: boolean) => sorted(table, { id: 'amount', descending }).map(({ name }) => name);
  expect(order(false)).toEqual(['b', 'c', 'a']);
  expect(order(true)).toEqual(['c', 'b', 'a']);
  expect(sorted(table, { id: 'name', descending: false }).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  expect(sorted(table, null)).toBe(table.rows);
});

it('writes a CSV whose cells are no formulas', () => {
  const rows = [{ name: '=HYPERLINK("x")', amount: '-5.00' }, { name: 'two\nlines, "quoted"' }, { name: ['a', true] }];
  expect(csvOf({ ...table, rows })).toBe(
    '\ufeffname,amount\r\n"\'=HYPERLINK(""x"")",-5.00\r\n"two\nlines, ""quoted""",\r\na; yes,\r\n',
  );
});
