/**
 * An optional text of a URL or an input, where empty means absent: forms and redirects send `error=` when there is no
 * error.
 */
export function givenText(text: string | null | undefined): string | undefined {
  return text || undefined;
}
