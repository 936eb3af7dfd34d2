import { formatDocument, stringifyDocument } from '@urql/core';
import type { TadaDocumentNode } from 'gql.tada';

/** A document's text as every request sends it; `make schema` registers these texts with the server. */
export const textOf = <Data, Variables>(document: TadaDocumentNode<Data, Variables>): string =>
  stringifyDocument(formatDocument(document));

const identifiers = new Map<string, Promise<string>>();

/**
 * What stands for a document in a request. A built page names it by the digest of its text, which the server knows from
 * the build. While developing the text goes out, and so it does where browsers have no digests: without TLS on another
 * machine.
 */
export async function named(
  text: string,
  byIdentifier = import.meta.env.PROD && window.isSecureContext,
): Promise<{ documentId: string } | { query: string }> {
  if (!byIdentifier) return { query: text };
  const identifier = identifiers.get(text) ?? digest(text);
  identifiers.set(text, identifier);
  return { documentId: `sha256:${await identifier}` };
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
