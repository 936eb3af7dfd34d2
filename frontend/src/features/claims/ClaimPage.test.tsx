import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EVERYTHING, pageOf, payer } from '../../../tests/fixtures';
import { renderApp } from '../../../tests/renderApp';
import { HIDE_AFTER_MS } from './useHiding';

const claim = {
  id: 'c1',
  controlNumber: 'RB-1',
  payerClaimNumber: '',
  payer: payer('p1', 'Meridian'),
  serviceGroup: null,
  patient: { id: 'pt1', name: 'Jordan Example', birthDate: '1971-02-03', memberNumber: 'M-77', reference: 'P-1' },
  procedureCode: '99213',
  outcome: 'DENIED',
  serviceDate: '2026-03-01',
  submittedDate: '2026-03-03',
  decidedDate: '2026-03-13',
  paidDate: null,
  billedAmount: '150.00',
  allowedAmount: null,
  paidAmount: '0.00',
  denialCode: '197',
  denialCategory: 'AUTHORIZATION',
  denialLabel: 'Prior authorization',
  denialText: null as string | null,
  location: '',
  providerNpi: '1234567893',
  authorizationNumber: '',
  authorization: null,
  plan: '',
  contract: '',
  diagnosisCodes: ['M54.5'],
  lines: [],
  adjustments: [
    { id: 'x', groupCode: 'CO', reasonCode: '197', label: 'Authorization absent', text: null, amount: '150.00' },
  ],
  remarks: [] as object[],
  acknowledgements: [],
  daysToDecision: 10,
  history: [] as object[],
  asOf: null as object | null,
};
const root = { claim: () => claim, claims: () => pageOf([claim]) };

afterEach(() => vi.useRealTimers());

describe("a claim's patient", () => {
  it('is masked and not even asked for, until revealed', async () => {
    const { user, operations } = await renderApp('/claims/c1', 'Claim RB-1', root);
    expect(screen.queryByText('Jordan Example')).not.toBeInTheDocument();
    expect(operations.some(({ query }) => /\bpatient\b/.test(query))).toBe(false);
    await user.click(screen.getByRole('button', { name: 'Reveal' }));
    expect(operations.some(({ query }) => /\bpatient\b/.test(query))).toBe(false);
    await user.click(await screen.findByRole('menuitem', { name: 'Appealing a denial' }));
    expect(await screen.findByText('Jordan Example')).toBeInTheDocument();
    expect(screen.getByText('M-77')).toBeInTheDocument();
    expect(operations.at(-1)?.variables).toEqual({ id: 'c1', reason: 'APPEAL' });
  });

  it('hides again after five minutes', async () => {
    await renderApp('/claims/c1', 'Claim RB-1', root);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    fireEvent.click(screen.getByRole('button', { name: 'Reveal' }));
    fireEvent.click(await screen.findByRole('menuitem', { name: 'The patient asks' }));
    await waitFor(() => expect(screen.getByText('Jordan Example')).toBeInTheDocument());
    await act(async () => undefined); // lets the effect that starts the clock run
    act(() => void vi.advanceTimersByTime(HIDE_AFTER_MS - 1_000));
    expect(screen.getByText('Jordan Example')).toBeInTheDocument();
    act(() => void vi.advanceTimersByTime(1_000));
    expect(screen.queryByText('Jordan Example')).not.toBeInTheDocument();
  });

  it('hides when the tab is left', async () => {
    const { user } = await renderApp('/claims/c1', 'Claim RB-1', root);
    await user.click(screen.getByRole('button', { name: 'Reveal' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Another reason' }));
    await screen.findByText('Jordan Example');
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    act(() => void document.dispatchEvent(new Event('visibilitychange')));
    expect(screen.queryByText('Jordan Example')).not.toBeInTheDocument();
  });

  it('is not offered without the permission; a sentence says whom to ask', async () => {
    const reading = EVERYTHING.filter((permission) => permission !== 'PHI_READ');
    await renderApp('/claims/c1', 'Claim RB-1', root, reading);
    expect(screen.queryByRole('button', { name: 'Reveal' })).not.toBeInTheDocument();
    expect(screen.getByText(/An owner or administrator can/)).toBeInTheDocument();
  });
});

const status = (category: string, categoryLabel: string, code: string, label: string, procedureCode = '') => ({
  category,
  categoryLabel,
  code,
  label,
  procedureCode,
});
const acknowledgement = (id: string, standing: string, acknowledgedDate: string, statuses: object[]) => ({
  id,
  standing,
  acknowledgedDate,
  source: 'Meridian',
  payerClaimNumber: 'ICN-9',
  uploadId: 'u9',
  statuses,
});

describe("a claim's acknowledgements", () => {
  const acknowledged = {
    claim: () => ({
      ...claim,
      acknowledgements: [
        acknowledgement('a2', 'REJECTED', '2026-03-05', [
          status('A7', 'Rejected, information invalid', '562', 'NPI (billing provider)'),
          status('A7', 'Rejected, information invalid', '454', 'Procedure code', '99213'),
        ]),
        acknowledgement('a1', 'PENDING', '2026-03-04', [status('A1', 'Received', '19', 'Receipt acknowledged')]),
      ],
    }),
  };
  const cells = () =>
    within(screen.getAllByRole('region', { name: 'Acknowledgements' }).at(-1) as HTMLElement)
      .getAllByRole('row')
      .slice(1)
      .map((row) =>
        within(row)
          .getAllByRole('cell')
          .map((cell) => cell.textContent),
      );

  it('stand in their order with codes and words, and lead to their files', async () => {
    await renderApp('/claims/c1', 'Claim RB-1', acknowledged);
    expect(cells()).toEqual([
      [
        '5 Mar 2026',
        'Rejected',
        'A7 Rejected, information invalid: 562 NPI (billing provider)A7 Rejected, information invalid: 454 Procedure code, line 99213',
        'Meridian',
        'ICN-9',
        'File',
      ],
      ['4 Mar 2026', 'Pending', 'A1 Received: 19 Receipt acknowledged', 'Meridian', 'ICN-9', 'File'],
    ]);
    expect(screen.getAllByRole('link', { name: 'File' })[0]).toHaveAttribute('href', '/uploads/u9');
  });

  it('lead nowhere for a role that sees no uploads', async () => {
    const reading = EVERYTHING.filter((permission) => permission !== 'UPLOADS_READ');
    await renderApp('/claims/c1', 'Claim RB-1', acknowledged, reading);
    expect(cells()).toHaveLength(2);
    expect(screen.queryByRole('link', { name: 'File' })).not.toBeInTheDocument();
  });

  it('take no room where there are none', async () => {
    await renderApp('/claims/c1', 'Claim RB-1', root);
    expect(screen.queryByRole('heading', { name: 'Acknowledgements' })).not.toBeInTheDocument();
  });
});

describe("a claim's authorization", () => {
  const authorization = {
    id: 'z1',
    action: 'Certified in total',
    validFrom: '2026-01-01',
    validThrough: '2026-03-31',
    quantity: '12.000',
    unit: 'VS',
  };
  const answered = (changes: object) => ({
    claim: () => ({ ...claim, authorizationNumber: 'AUTH-1', authorization: { ...authorization, ...changes } }),
  });

  it('is told in one line', async () => {
    await renderApp('/claims/c1', 'Claim RB-1', answered({}));
    expect(screen.getByText('The payer’s answer').nextSibling).toHaveTextContent(
      'Certified in total, 1 Jan 2026 to 31 Mar 2026, 12 visits',
    );
  });

  it('says only what the payer said', async () => {
    await renderApp(
      '/claims/c1',
      'Claim RB-1',
      answered({ action: 'Not certified', validFrom: null, validThrough: null, quantity: null, unit: '' }),
    );
    expect(screen.getByText('The payer’s answer').nextSibling).toHaveTextContent(/^Not certified$/);
  });

  it('takes no room where no answer is known', async () => {
    await renderApp('/claims/c1', 'Claim RB-1', root);
    expect(screen.queryByText('The payer’s answer')).not.toBeInTheDocument();
  });
});

describe("a claim's codes", () => {
  const said = 'Payment is adjusted because nobody asked beforehand.';
  const remark = { code: 'N290', label: 'Provider identifier missing', text: 'The identifier is missing or invalid.' };
  const licensed = {
    claim: () => ({
      ...claim,
      denialText: said,
      remarks: [remark, { code: 'N999', label: 'Remark N999', text: null }],
      adjustments: claim.adjustments.map((adjustment) => ({ ...adjustment, text: said })),
      lines: [
        {
          id: 'l1',
          number: 1,
          procedureCode: '99213',
          modifiers: [],
          units: null,
          serviceDate: null,
          billedAmount: '150.00',
          allowedAmount: null,
          paidAmount: null,
          denialCode: '197',
          remarks: [remark],
          adjustments: [],
        },
      ],
    }),
  };

  it('open to their full text, where the organization has one', async () => {
    const { user } = await renderApp('/claims/c1', 'Claim RB-1', licensed);
    const adjustments = screen.getAllByRole('region', { name: 'Adjustments of the whole claim' })[0] as HTMLElement;
    const text = within(adjustments).getByText(said);
    expect(text).not.toBeVisible();
    await user.click(within(adjustments).getByText(/Authorization absent/));
    expect(text).toBeVisible();
    const ofLine = screen.getByRole('region', { name: 'Remarks on lines' });
    await user.click(within(ofLine).getByText(/Provider identifier missing · line 1/));
    expect(within(ofLine).getByText(remark.text)).toBeVisible();
    expect(screen.getByText('Denial', { selector: 'dt' }).nextSibling).toHaveTextContent(
      `197 Prior authorization${said}`,
    );
    expect(screen.getByText('Remarks', { selector: 'dt' }).nextSibling).toHaveTextContent(/N290 .*N999 Remark N999$/);
  });

  it('stand as they are, where it has none', async () => {
    await renderApp('/claims/c1', 'Claim RB-1', root);
    expect(screen.getByText('Denial', { selector: 'dt' }).nextSibling).toHaveTextContent(/^197 Prior authorization$/);
    expect(screen.queryByRole('group')).not.toBeInTheDocument();
  });
});

describe("a claim's history", () => {
  const event = (kind: string, values: object = {}) => ({
    kind,
    knownAt: '2026-03-04T09:00:00Z',
    happenedOn: '2026-03-03',
    upload: { id: 'u9', fileName: 'march.835' },
    traceNumber: '',
    place: 0,
    payer: payer('p1', 'Meridian'),
    changes: [],
    outcome: null,
    statusCode: '',
    billedAmount: null,
    allowedAmount: null,
    paidAmount: null,
    patientResponsibility: null,
    reasons: [],
    remarks: [],
    setKind: null,
    standing: null,
    certain: true,
    source: '',
    statuses: [],
    errors: [],
    ...values,
  });
  const told = [
    event('DECIDED', {
      outcome: 'PAID',
      paidAmount: '80.00',
      traceNumber: 'T9',
      place: 3,
      changes: [{ fact: 'PAID', before: null, after: '80.00' }],
      reasons: [
        { groupCode: 'CO', reasonCode: '45', label: 'Above the contract’s price', text: null, amount: '20.00' },
      ],
    }),
    event('SUBMITTED', { changes: [{ fact: 'BILLED', before: '100.00', after: '150.00' }] }),
    event('SET_ACKNOWLEDGED', { standing: 'REJECTED', setKind: 'X12_999', certain: false }),
  ];
  const days: unknown[] = [];
  const withHistory = (then: object | null) => ({
    claim: () => ({
      ...claim,
      history: told,
      asOf: (args: object) => {
        days.push({ ...args });
        return then;
      },
    }),
  });
  const then = {
    outcome: 'PENDING',
    payer: payer('p1', 'Meridian'),
    billedAmount: '150.00',
    allowedAmount: null,
    paidAmount: null,
    deniedAmount: '0.00',
    denialCode: '',
    denialLabel: '',
    denialText: null,
    remarkCodes: [],
    serviceDate: '2026-03-01',
    submittedDate: '2026-03-03',
    decidedDate: null,
    paidDate: null,
    changes: [{ fact: 'OUTCOME', before: 'PENDING', after: 'DENIED' }],
  };
  const events = async () =>
    Array.from((await screen.findByRole('list', { name: 'Events' })).children, (item) => item.textContent);

  it('says in order what happened, why, what it changed and which file told it', async () => {
    await renderApp('/claims/c1', 'Claim RB-1', withHistory(then));
    const [paid, sent, refused] = await events();
    expect(paid).toMatch(
      /^3 Mar 2026 PaidPaid \$80\.00CO-45 Above the contract’s price: \$20\.00Payment T9, claim 3 in it · march\.835/,
    );
    expect(sent).toMatch(/Submitted; its file came after the decisionBilled \$100\.00 → \$150\.00/);
    expect(refused).toMatch(/Part of the file it was sent in: rejected \(999\).*may not be about it/);
    expect(screen.getAllByRole('link', { name: 'march.835' })[0]).toHaveAttribute('href', '/uploads/u9');
  });

  it('asks for no files of a role that sees none', async () => {
    const reading = EVERYTHING.filter((permission) => permission !== 'UPLOADS_READ');
    const { operations } = await renderApp('/claims/c1', 'Claim RB-1', withHistory(then), reading);
    await events();
    expect(operations.find(({ name }) => name === 'ClaimHistory')?.variables).toMatchObject({ uploads: false });
    expect(screen.queryByRole('link', { name: 'march.835' })).not.toBeInTheDocument();
  });

  it('shows the claim of a day that stands in the URL, and marks what reads differently today', async () => {
    const { user } = await renderApp('/claims/c1?on=2026-03-05', 'Claim RB-1', withHistory(then));
    const day = await screen.findByRole('region', { name: 'As of 5 Mar 2026' });
    const status = await within(day).findByText('Status');
    expect(status.parentElement).toHaveTextContent('StatusPending today Denied');
    expect(within(day).getAllByText(/^today /)).toHaveLength(1);
    expect(days.at(-1)).toEqual({ date: '2026-03-05', by: 'TAKEN_IN' });
    await user.selectOptions(screen.getByRole('combobox', { name: 'Told by' }), 'DATED');
    await waitFor(() => expect(days.at(-1)).toEqual({ date: '2026-03-05', by: 'DATED' }));
    await user.click(screen.getByRole('button', { name: 'Back to today' }));
    expect(screen.queryByRole('region', { name: 'As of 5 Mar 2026' })).not.toBeInTheDocument();
  });

  it('says when nothing was known yet, and offers the days that files tell', async () => {
    const { user } = await renderApp('/claims/c1?on=2026-03-02', 'Claim RB-1', withHistory(null));
    expect(await screen.findByText(/No file had told of this claim by 2 Mar 2026; the first came in on/)).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Go by the days files tell' }));
    expect(await screen.findByText(/nothing had happened to this claim by 2 Mar 2026/)).toBeVisible();
  });
});

describe('the claims list', () => {
  it('asks for what the URL says, and never for patients', async () => {
    const path =
      '/claims?payer=p1&outcome=PAID,PARTIAL&decidedFrom=2026-03-01&decidedTo=2026-03-09&signal=s1&order=BILLED_DESC';
    const { operations } = await renderApp(path, 'Claims', root);
    expect(await screen.findByRole('link', { name: 'RB-1' })).toBeInTheDocument();
    expect(operations.find(({ name }) => name === 'Claims')?.variables).toMatchObject({
      filter: {
        payerId: 'p1',
        outcome: ['PAID', 'PARTIAL'],
        decidedFrom: '2026-03-01',
        decidedTo: '2026-03-09',
        signalId: 's1',
      },
      orderBy: 'BILLED_DESC',
    });
    expect(operations.some(({ query }) => /patient/i.test(query))).toBe(false);
  });

  it('keeps its columns in the URL', async () => {
    await renderApp('/claims?columns=claim,billed,location', 'Claims', root);
    await screen.findByRole('link', { name: 'RB-1' });
    expect(screen.getAllByRole('columnheader').map((header) => header.textContent)).toEqual([
      'Claim',
      'Billed',
      'Location',
    ]);
  });
});
