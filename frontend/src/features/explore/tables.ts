import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isLeafType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** A column: the way to its value through the answer, and the scalar it is of. */
export type Cell = { id: string; heading: string; scalar: string };
export type Row = Record<string, unknown>;
/** One thing that a query asks for. Its columns are told by the query, before there is any row. */
export type Table = { name: string; cells: Cell[]; rows: Row[] };

const SEPARATOR = '.';
const way = (path: string, name: string): string => (path ? `${path}${SEPARATOR}${name}` : name);
const headingOf = (path: string): string =>
  path
    .split(SEPARATOR)
    .filter((name) => name !== 'items')
    .join(SEPARATOR) || 'value';

type Fields = Map<string, FieldNode[]>;
type Fragments = Map<string, FragmentDefinitionNode>;

/** What is selected, by its name in the answer; fragments are gone into. */
function fieldsIn(selections: readonly SelectionSetNode[], fragments: Fragments, found: Fields = new Map()): Fields {
  for (const { selections: nodes } of selections) {
    for (const node of nodes) {
      if (node.kind === 'Field') {
        const name = (node.alias ?? node.name).value;
        found.set(name, [...(found.get(name) ?? []), node]);
      } else {
        const inner = node.kind === 'InlineFragment' ? node.selectionSet : fragments.get(node.name.value)?.selectionSet;
        if (inner) fieldsIn([inner], fragments, found);
      }
    }
  }
  return found;
}

function cellsOf(nodes: readonly FieldNode[], type: GraphQLOutputType, path: string, fragments: Fragments): Cell[] {
  const named = getNamedType(type);
  if (isLeafType(named)) return [{ id: path, heading: headingOf(path), scalar: named.name }];
  if (!isObjectType(named)) return [];
  const fields = fieldsIn(
    nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : [])),
    fragments,
  );
  // Of a page its items are the rows, and not what else it tells of itself.
  const items = fields.get('items');
  return [...(items ? new Map([['items', items]]) : fields)].flatMap(([name, selected]) => {
    const definition = named.getFields()[(selected[0] as FieldNode).name.value];
    return definition ? cellsOf(selected, definition.type, way(path, name), fragments) : [];
  });
}

/**
 * An answer as tables, one for each thing that is asked for. A list within a row gives a row for each of its items beside
 * what the row says of itself; several lists follow one another. Exports of saved queries are written the same way.
 */
export function tablesOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  data: Record<string, unknown>,
): Table[] {
  const fragments: Fragments = new Map(
    document.definitions
      .filter((node) => node.kind === 'FragmentDefinition')
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const root = schema.getQueryType();
  return [...fieldsIn([operation.selectionSet], fragments)].flatMap(([name, nodes]) => {
    const definition = root?.getFields()[(nodes[0] as FieldNode).name.value];
    const cells = definition ? cellsOf(nodes, definition.type, '', fragments) : [];
    return cells.length > 0 ? [{ name, cells, rows: rowsOf(data[name]) }] : [];
  });
}

function rowsOf(value: unknown): Row[] {
  if (Array.isArray(value)) return value.filter((item) => item !== null).flatMap((item) => flat(item, ''));
  return value === null || value === undefined ? [] : flat(value, '');
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function flat(value: unknown, path: string): Row[] {
  if (!isObject(value)) return [{ [path]: value }];
  if (Array.isArray(value.items)) {
    return value.items.filter((item) => item !== null).flatMap((item) => flat(item, way(path, 'items')));
  }
  let own: Row = {};
  const lists: Row[][] = [];
  for (const [name, inner] of Object.entries(value)) {
    const at = way(path, name);
    const ofObjects = Array.isArray(inner) && inner.some(isObject);
    if (!isObject(inner) && !ofObjects) {
      own[at] = inner;
      continue;
    }
    const rows = Array.isArray(inner)
      ? inner.filter((item) => item !== null).flatMap((item) => flat(item, at))
      : flat(inner, at);
    const [only] = rows;
    if (rows.length === 1) own = { ...own, ...only };
    else if (rows.length > 1) lists.push(rows);
  }
  const rows = lists.flatMap((list) => list.map((row) => ({ ...own, ...row })));
  return rows.length > 0 ? rows : [own];
}

const NUMERIC = new Set(['Int', 'Float', 'Decimal']);
export const isNumeric = ({ scalar }: Cell): boolean => NUMERIC.has(scalar);

/** A value of a cell as a number; null where there is none. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return null;
  const read = Number(value);
  return Number.isNaN(read) ? null : read;
}

export type Sorting = { id: string; descending: boolean };

/** Rows in the order of one column; what has no value comes last either way. */
export function sorted({ cells, rows }: Table, sorting: Sorting | null): Row[] {
  const cell = cells.find(({ id }) => id === sorting?.id);
  if (!sorting || !cell) return rows;
  const direction = sorting.descending ? -1 : 1;
  const empty = (value: unknown) => value === null || value === undefined;
  return rows.toSorted((one, other) => {
    const [first, second] = [one[cell.id], other[cell.id]];
    if (empty(first) || empty(second)) return Number(empty(first)) - Number(empty(second));
    if (isNumeric(cell)) return direction * ((numberOf(first) ?? 0) - (numberOf(second) ?? 0));
    return direction * textOfValue(first).localeCompare(textOfValue(second), 'en', { numeric: true });
  });
}

/** A value as it reads in a file. */
export function textOfValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value) && !value.some((item) => typeof item === 'object' && item !== null)) {
    return value.map(textOfValue).join('; ');
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const FORMULA = /^[=+\-@\t\n\r＝＋－＠]/;
const PLAIN_NUMBER = /^[+-]?\$?\d[\d,]*(\.\d+)?$/;

/** A table as a CSV (UTF-8 with its mark). No cell of it is a formula to a spreadsheet. */
export function csvOf({ cells, rows }: Table): string {
  const quoted = (text: string) => {
    const safe = FORMULA.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [
    cells.map(({ heading }) => quoted(heading)),
    ...rows.map((row) => cells.map(({ id }) => quoted(textOfValue(row[id])))),
  ];
  return `\ufeff${lines.map((line) => `${line.join(',')}\r\n`).join('')}`;
}
