import { Button, TextInput } from '@mantine/core';
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isObjectType,
} from 'graphql';
import { useMemo, useState } from 'react';
import classes from './explore.module.css';

export type DocsPlace = { type: string; field?: string };
type DocsPanelProps = {
  schema: GraphQLSchema;
  /** The types gone through, the one at hand last. */
  trail: readonly DocsPlace[];
  onTrail: (trail: DocsPlace[]) => void;
};

const MOST_FOUND = 40;

/** The schema to walk through: types, their fields and what they say of themselves. */
export default function DocsPanel({ schema, trail, onTrail }: DocsPanelProps) {
  const [search, setSearch] = useState('');
  const root = schema.getQueryType()?.name ?? 'Query';
  const at = trail.at(-1) ?? { type: root };
  const type = schema.getType(at.type);
  const go = (place: DocsPlace) => {
    setSearch('');
    onTrail([...trail, place]);
  };
  const found = useMemo(() => foundIn(schema, search), [schema, search]);
  return (
    <div className={classes.docs}>
      <TextInput
        aria-label="Find a type or a field"
        placeholder="Find a type or a field"
        size="xs"
        type="search"
        value={search}
        onChange={(changed) => setSearch(changed.currentTarget.value)}
      />
      {search.trim() ? (
        <ul className={classes.list} aria-label="Found in the schema">
          {found.map(({ place, description }) => (
            <li key={`${place.type} ${place.field ?? ''}`}>
              <button type="button" className={classes.item} onClick={() => go(place)}>
                <code>{place.field ? `${place.type}.${place.field}` : place.type}</code>
                {description ? <span className={classes.words}>{description}</span> : null}
              </button>
            </li>
          ))}
          {found.length === 0 ? <li className={classes.words}>Nothing has that in its name.</li> : null}
        </ul>
      ) : (
        <>
          {trail.length > 0 ? (
            <Button size="compact-sm" variant="subtle" color="gray" mt={6} onClick={() => onTrail(trail.slice(0, -1))}>
              ← {trail.at(-2)?.type ?? root}
            </Button>
          ) : null}
          <h3 className={classes.docsTitle}>{at.type}</h3>
          {type?.description ? <p className={classes.docsWords}>{type.description}</p> : null}
          {type ? <Members type={type} field={at.field} onGo={go} /> : null}
        </>
      )}
    </div>
  );
}

type Member = GraphQLField<unknown, unknown> | GraphQLInputField;

function Members({ type, field, onGo }: { type: GraphQLNamedType; field?: string; onGo: (to: DocsPlace) => void }) {
  if (isEnumType(type)) {
    return (
      <ul className={classes.members} aria-label={`Values of ${type.name}`}>
        {type.getValues().map(({ name, description }) => (
          <li key={name}>
            <code>{name}</code>
            {description ? <span className={classes.words}>{description}</span> : null}
          </li>
        ))}
      </ul>
    );
  }
  const members: Member[] = isObjectType(type) || isInputObjectType(type) ? Object.values(type.getFields()) : [];
  return (
    <ul className={classes.members} aria-label={`Fields of ${type.name}`}>
      {members.map((member) => (
        <li key={member.name} data-named={member.name === field || undefined}>
          <code>{member.name}</code> <TypeLink of={member} onGo={onGo} />
          {'args' in member && member.args.length > 0 ? (
            <span className={classes.args}>
              {member.args.map((arg) => (
                <span key={arg.name}>
                  {arg.name}: <TypeLink of={arg} onGo={onGo} />
                </span>
              ))}
            </span>
          ) : null}
          {member.description ? <span className={classes.words}>{member.description}</span> : null}
          {member.deprecationReason ? (
            <span className={classes.words}>Deprecated: {member.deprecationReason}</span>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function TypeLink({ of, onGo }: { of: Member | GraphQLArgument; onGo: (to: DocsPlace) => void }) {
  return (
    <button type="button" className={classes.type} onClick={() => onGo({ type: getNamedType(of.type).name })}>
      {String(of.type)}
    </button>
  );
}

type Found = { place: DocsPlace; description: string | null | undefined };

function foundIn(schema: GraphQLSchema, search: string): Found[] {
  const wanted = search.trim().toLowerCase();
  if (!wanted) return [];
  const types: Found[] = [];
  const fields: Found[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (type.name.toLowerCase().includes(wanted)) {
      types.push({ place: { type: type.name }, description: type.description });
    }
    if (!isObjectType(type) || type === schema.getMutationType()) continue;
    for (const field of Object.values(type.getFields())) {
      if (!field.name.toLowerCase().includes(wanted)) continue;
      fields.push({ place: { type: type.name, field: field.name }, description: field.description });
    }
  }
  return [...types, ...fields].slice(0, MOST_FOUND);
}
