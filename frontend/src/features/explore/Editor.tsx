import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { EditorState, Prec } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  placeholder,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { graphql as graphqlSupport, updateSchema } from 'cm6-graphql';
import type { GraphQLSchema } from 'graphql';
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react';
import classes from './editor.module.css';

/** A place in the text, from 1, and what is wrong there. */
export type Mark = { line: number; column: number; message: string };
export type EditorHandle = { goTo: (line: number, column: number) => void; mark: (marks: readonly Mark[]) => void };

type EditorProps = {
  text: string;
  schema: GraphQLSchema | null;
  onChange: (text: string) => void;
  onCursor: (cursor: number) => void;
  onRun: () => void;
  /** A field or a type whose description is asked for, by Ctrl or ⌘ with a click. */
  onShow: (field: string | undefined, type: string | undefined, parent: string | undefined) => void;
  handle: Ref<EditorHandle>;
};

const COLORS = HighlightStyle.define([
  { tag: [tags.keyword, tags.definitionKeyword], color: 'var(--accent)', fontWeight: '600' },
  { tag: [tags.variableName, tags.special(tags.variableName)], color: 'var(--mark)' },
  { tag: [tags.string, tags.number, tags.bool, tags.null], color: 'var(--code-value)' },
  { tag: [tags.typeName, tags.atom], color: 'var(--code-type)' },
  { tag: [tags.attributeName, tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--ink)' },
  { tag: [tags.comment, tags.punctuation, tags.bracket], color: 'var(--ink-soft)' },
]);

const LOOK = EditorView.theme({
  '&': { backgroundColor: 'transparent', color: 'var(--ink)', fontSize: '13.5px', height: '100%' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace', lineHeight: '1.6' },
  '.cm-content': { caretColor: 'var(--ink)', padding: '10px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--ink-soft)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--accent), transparent 94%)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--accent), transparent 78%)',
  },
  '.cm-placeholder': { color: 'var(--ink-soft)' },
  '.cm-matchingBracket': { backgroundColor: 'var(--accent-soft)', outline: '1px solid var(--accent)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    color: 'var(--ink)',
    border: '1px solid var(--line-strong)',
    borderRadius: '8px',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--accent-soft)',
    color: 'var(--ink)',
  },
  '.cm-completionDetail': { color: 'var(--ink-soft)', fontStyle: 'normal' },
  '.cm-completionInfo': { padding: '8px 10px', maxWidth: '320px', fontFamily: 'inherit' },
  '.cm-diagnostic': { padding: '6px 10px', fontFamily: "'Inter Variable', system-ui, sans-serif" },
});

/** Where the query is written: with completion and mistakes from the schema. Tab leaves it; Ctrl or ⌘ with Enter runs it. */
export function Editor({ text, schema, onChange, onCursor, onRun, onShow, handle }: EditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const heard = useRef({ onChange, onCursor, onRun, onShow });
  heard.current = { onChange, onCursor, onRun, onShow };
  const first = useRef({ text, schema });

  useEffect(() => {
    const view = new EditorView({
      parent: place.current as HTMLDivElement,
      state: EditorState.create({
        doc: first.current.text,
        extensions: [
          Prec.highest(
            keymap.of([
              {
                key: 'Mod-Enter',
                run: () => {
                  heard.current.onRun();
                  return true;
                },
              },
              { key: 'Tab', run: acceptCompletion },
            ]),
          ),
          lineNumbers(),
          lintGutter(),
          history(),
          drawSelection(),
          indentOnInput(),
          indentUnit.of('  '),
          bracketMatching(),
          closeBrackets(),
          autocompletion({ icons: false }),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          EditorView.lineWrapping,
          placeholder('query { … }'),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
          syntaxHighlighting(COLORS),
          LOOK,
          EditorView.contentAttributes.of({
            'aria-label': 'Query',
            tabindex: '0',
            spellcheck: 'false',
            autocapitalize: 'off',
          }),
          graphqlSupport(first.current.schema ?? undefined, {
            onShowInDocs: (field, type, parent) => heard.current.onShow(field, type, parent),
          }),
          EditorView.updateListener.of(({ docChanged, selectionSet, state }) => {
            if (docChanged) heard.current.onChange(state.doc.toString());
            if (docChanged || selectionSet) heard.current.onCursor(state.selection.main.head);
          }),
        ],
      }),
    });
    editor.current = view;
    return () => view.destroy();
  }, []);

  useEffect(() => {
    if (editor.current && schema) updateSchema(editor.current, schema);
  }, [schema]);

  useEffect(() => {
    const view = editor.current;
    if (!view || view.state.doc.toString() === text) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  }, [text]);

  useImperativeHandle(handle, () => ({
    goTo: (line, column) => {
      const view = editor.current;
      if (!view) return;
      view.dispatch({ selection: { anchor: positionOf(view, line, column) }, scrollIntoView: true });
      view.focus();
    },
    mark: (marks) => {
      const view = editor.current;
      if (!view) return;
      const found = marks.map(({ line, column, message }): Diagnostic => {
        const from = positionOf(view, line, column);
        return { from, to: view.state.wordAt(from)?.to ?? from, severity: 'error', message };
      });
      view.dispatch(setDiagnostics(view.state, found));
    },
  }));

  return <div ref={place} className={classes.editor} />;
}

function positionOf({ state: { doc } }: EditorView, line: number, column: number): number {
  const { from, to } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(from + Math.max(column - 1, 0), to);
}
