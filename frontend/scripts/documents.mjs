// The SPA's operations by the SHA-256 of their text, as it sends them: what the server lets through from anybody.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { formatDocument, stringifyDocument } from '@urql/core';
import { initGraphQLTada } from 'gql.tada';
import ts from 'typescript';

const SOURCES = fileURLToPath(new URL('../src', import.meta.url));
const graphql = initGraphQLTada();

/** Calls of `graphql(text, [fragments])`: the name of what they define, its text, and where it stands. */
function* definitions(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'graphql') {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      const [text, fragments] = node.arguments;
      if (!ts.isNoSubstitutionTemplateLiteral(text)) {
        throw new Error(`${file}:${line + 1}: the text of a document must be a template without insertions.`);
      }
      const names = fragments ? fragments.elements.map((element) => element.getText()) : [];
      const called = ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : undefined;
      found.push({ called, text: text.text, fragments: names, file, where: `${file}:${line + 1}` });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const imported = new Map();
  for (const statement of source.statements) {
    const named = ts.isImportDeclaration(statement) && statement.importClause?.namedBindings;
    if (!named || !ts.isNamedImports(named)) continue;
    for (const { name, propertyName } of named.elements) imported.set(name.text, (propertyName ?? name).text);
  }
  for (const each of found) yield { ...each, fragments: each.fragments.map((name) => imported.get(name) ?? name) };
}

const files = readdirSync(SOURCES, { recursive: true }).filter(
  (file) => /\.tsx?$/.test(file) && !/\.test\.|\.generated\./.test(file),
);
const all = files.sort().flatMap((file) => [...definitions(`${SOURCES}/${file}`)]);

/** The definition that a name stands for: the file's own, or else the only one of that name. */
function called(name, { file, where }) {
  const ofName = all.filter((each) => each.called === name);
  const [one, ...others] = ofName.some((each) => each.file === file)
    ? ofName.filter((each) => each.file === file)
    : ofName;
  if (!one || others.length > 0) throw new Error(`${where}: ${name} is defined ${one ? 'more than once' : 'nowhere'}.`);
  return one;
}

const built = new Map();
function document(definition) {
  if (!built.has(definition)) {
    const fragments = definition.fragments.map((name) => document(called(name, definition)));
    built.set(definition, graphql(definition.text, fragments));
  }
  return built.get(definition);
}

const texts = all
  .filter(({ text }) => !/^\s*fragment\b/.test(text))
  .map((definition) => stringifyDocument(formatDocument(document(definition))));
const manifest = texts.toSorted().map((text) => [createHash('sha256').update(text).digest('hex'), text]);
process.stdout.write(`${JSON.stringify(Object.fromEntries(manifest), null, 2)}\n`);
