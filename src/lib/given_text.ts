/** Returns undefined for an empty text, because forms and redirects send `error=` when there is no error. */
export function givenText(text: string | null | undefined): string | undefined {
  return text || undefined;
}
