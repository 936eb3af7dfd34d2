import {
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  print,
  type TypeNode,
  typeFromAST,
} from 'graphql';
import { isIsoDate } from '@/lib/dates';

/** How a variable is asked for. */
export type FieldKind = 'text' | 'whole' | 'number' | 'date' | 'boolean' | 'choice' | 'json';

export type VariableField = {
  name: string;
  /** As the query writes it. */
  type: string;
  kind: FieldKind;
  /** It has to be given: no null, and no value of its own in the query. */
  required: boolean;
  /** The value that the query has for it where none is given. */
  fallback: string | null;
  choices: string[];
};

/** What a person typed, by the variable's name; empty: not given. */
export type Typed = Record<string, string>;

const KINDS: Record<string, FieldKind> = {
  Int: 'whole',
  Float: 'number',
  Decimal: 'number',
  Boolean: 'boolean',
  Date: 'date',
  JSON: 'json',
};

/** A form's fields for the variables that an operation declares. */
export function fieldsOf(operation: OperationDefinitionNode | null, schema: GraphQLSchema | null): VariableField[] {
  return (operation?.variableDefinitions ?? []).map(({ variable, type, defaultValue }) => {
    const known = schema ? (typeFromAST(schema, type as TypeNode & { kind: 'NamedType' }) as GraphQLInputType) : null;
    const inner = known && isNonNullType(known) ? known.ofType : known;
    return {
      name: variable.name.value,
      type: print(type),
      kind: kindOf(inner),
      required: type.kind === 'NonNullType' && defaultValue === undefined,
      fallback: defaultValue ? print(defaultValue) : null,
      choices: isEnumType(inner) ? inner.getValues().map(({ name }) => name) : [],
    };
  });
}

function kindOf(type: GraphQLInputType | null | undefined): FieldKind {
  if (!type) return 'text';
  if (isListType(type) || isInputObjectType(type)) return 'json';
  if (isEnumType(type)) return 'choice';
  return 'name' in type ? (KINDS[type.name] ?? 'text') : 'text';
}

export type Given = { values: Record<string, unknown>; problems: Typed };

/** What is sent for what was typed, and what is wrong with it, by the variable's name. */
export function valuesOf(fields: readonly VariableField[], typed: Typed): Given {
  const values: Record<string, unknown> = {};
  const problems: Typed = {};
  for (const field of fields) {
    const text = (typed[field.name] ?? '').trim();
    if (text === '') {
      if (field.required) problems[field.name] = 'Give a value: the query needs one.';
      continue;
    }
    const read = readAs(field, text);
    if ('problem' in read) problems[field.name] = read.problem;
    else values[field.name] = read.value;
  }
  return { values, problems };
}

function readAs({ kind, type, choices }: VariableField, text: string): { value: unknown } | { problem: string } {
  switch (kind) {
    case 'whole':
      return /^[+-]?\d+$/.test(text) ? { value: Number(text) } : { problem: 'Give a whole number.' };
    case 'number':
      if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) return { problem: 'Give a number.' };
      // Exact amounts go as they are written.
      return { value: type.startsWith('Decimal') ? text : Number(text) };
    case 'date':
      return isIsoDate(text) ? { value: text } : { problem: 'Give a date like 2026-03-14.' };
    case 'boolean':
      return { value: text === 'true' };
    case 'choice':
      return choices.includes(text) ? { value: text } : { problem: 'Choose one of the list.' };
    case 'json':
      try {
        return { value: JSON.parse(text) as unknown };
      } catch {
        return { problem: `Write it as JSON, ${type.startsWith('[') ? 'as ["one", "two"]' : 'as {"name": "value"}'}.` };
      }
    case 'text':
      return { value: text };
  }
}

/** What stands in the form for values that were kept. */
export function typedOf(values: unknown): Typed {
  if (typeof values !== 'object' || values === null) return {};
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value, null, 2) : String(value)]),
  );
}
