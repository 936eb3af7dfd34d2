import * as z from 'zod/mini';
import { isIsoDate } from './dates';

/** Pieces of list state kept in the URL. A value that does not parse is dropped, never an error: links outlive versions. */

export const optionalText = z.catch(z.optional(z.string().check(z.trim(), z.minLength(1))), undefined);
export const optionalDate = z.catch(z.optional(z.string().check(z.refine(isIsoDate))), undefined);
export const optionalPage = z.catch(z.optional(z.coerce.number().check(z.int(), z.minimum(2))), undefined);

/** A number within bounds; `whole` takes no fraction. */
export const optionalNumber = (least: number, most: number, whole = false) =>
  z.catch(
    z.optional(z.coerce.number().check(z.minimum(least), z.maximum(most), ...(whole ? [z.int()] : []))),
    undefined,
  );

export const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.catch(z.optional(z.enum(values)), undefined);

/** A list written `a,b` in the URL. */
export const someOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.catch(
    z.optional(
      z.pipe(
        z.transform((value: unknown) => (typeof value === 'string' ? value.split(',') : value)),
        z.array(z.enum(values)).check(z.minLength(1)),
      ),
    ),
    undefined,
  );

/** Plain `key=value` pairs instead of JSON, so that a link can be read and typed. */
export function stringifySearch(search: Record<string, unknown>): string {
  const pairs = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== '')
      pairs.set(key, Array.isArray(value) ? value.join(',') : String(value));
  }
  const text = pairs.toString();
  return text ? `?${text}` : '';
}

export const parseSearch = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text));
