import { describe, expect, it } from 'vitest';
import { backtestSearch, claimsSearch, inboxSearch } from '@/app/urls';
import { parseSearch, stringifySearch } from './search';

describe('list state in the URL', () => {
  it('survives the way into a link and back', () => {
    const state = {
      outcome: ['PAID', 'PARTIAL'] as const,
      payer: 'p1',
      decidedFrom: '2026-03-01',
      page: 3,
      after: 'abc=',
    };
    const link = stringifySearch({ ...state, group: undefined });
    expect(link).toBe('?outcome=PAID%2CPARTIAL&payer=p1&decidedFrom=2026-03-01&page=3&after=abc%3D');
    expect(claimsSearch.parse(parseSearch(link))).toEqual(state);
  });

  it('drops what it does not understand and keeps the rest', () => {
    const search = parseSearch('?state=EATEN&kind=DENIAL_RATE&page=zero&q=%20&unknown=1');
    expect(inboxSearch.parse(search)).toEqual({ kind: 'DENIAL_RATE' });
  });

  it('takes numbers only within their bounds', () => {
    expect(backtestSearch.parse(parseSearch('?budget=3&band=1.1'))).toEqual({ budget: 3, band: 1.1 });
    expect(backtestSearch.parse(parseSearch('?budget=2.5&band=1.7'))).toEqual({});
    expect(backtestSearch.parse(parseSearch('?budget=0&band=much'))).toEqual({});
  });

  it('takes dates only as dates', () => {
    expect(claimsSearch.parse({ submittedFrom: '12/31/2026' })).toEqual({});
  });
});
