/** Money as people type it ("$1,200.50") to the API's decimal string ("1200.50"); null when it is not an amount. */
export function parseMoney(text: string): string | null {
  const plain = text.replace(/[$,\s]/g, '');
  const parts = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(plain);
  return parts ? `${BigInt(parts[1] as string)}.${(parts[2] ?? '').padEnd(2, '0')}` : null;
}
