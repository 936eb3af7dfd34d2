import { expect, it } from 'vitest';
import { parseMoney } from './money';

it.each([
  ['$1,200.50', '1200.50'],
  ['1200', '1200.00'],
  [' 7.5 ', '7.50'],
  ['0007', '7.00'],
])('reads %s as %s', (text, money) => expect(parseMoney(text)).toBe(money));

it.each(['', 'ten', '1.234', '-5', '1.2.3'])('refuses “%s”', (text) => expect(parseMoney(text)).toBeNull());
