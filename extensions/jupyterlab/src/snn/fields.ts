/** Values of a JSON file that nobody vouches for. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Fields = { [key: string]: Json };

/** Return a value's fields; none where it is something else. */
export function fields(value: Json | undefined): Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

/** Return a list; an empty one where it is something else. */
export function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
