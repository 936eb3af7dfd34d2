import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SignIn } from '@/app/session/documents';
import { namingFetch } from './client';
import { named, textOf } from './documents';

const manifest = JSON.parse(
  readFileSync(`${process.cwd()}/../backend/upstream/api/documents/spa.json`, 'utf8'),
) as Record<string, string>;

describe('the operations of a built page', () => {
  it('go by the digest that their text is registered under', async () => {
    const text = textOf(SignIn);
    const digest = createHash('sha256').update(text).digest('hex');
    expect(manifest[digest]).toBe(text);
    expect(await named(text, true)).toEqual({ documentId: `sha256:${digest}` });
    expect(await named(text, false)).toEqual({ query: text });
  });

  it('are named in requests, whose other parts stay, and files are left alone', async () => {
    const sent: (BodyInit | null | undefined)[] = [];
    const send = namingFetch(async (_input, init) => {
      sent.push(init?.body);
      return new Response();
    });
    await send('/graphql/', { body: JSON.stringify({ query: '{ viewer { id } }', variables: { first: 5 } }) });
    const form = new FormData();
    await send('/graphql/', { body: form });
    expect(JSON.parse(sent[0] as string)).toEqual({ query: '{ viewer { id } }', variables: { first: 5 } });
    expect(sent[1]).toBe(form);
  });
});
