/**
 * In the place of the package `vscode-languageserver-types` (see vite.config.ts): the two of its enumerations that
 * completion uses, instead of all that editors and their servers say to each other.
 */
export const InsertTextFormat = { PlainText: 1, Snippet: 2 } as const;
export const InsertTextMode = { asIs: 1, adjustIndentation: 2 } as const;
