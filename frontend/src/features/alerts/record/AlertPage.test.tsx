import { cleanup, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { alert, dana, knownEvent, pageOf, payer, READING, signal } from '../../../../tests/fixtures';
import { renderApp } from '../../../../tests/renderApp';

const meridian = payer('p1', 'Meridian', 1);
const HEADLINE = 'Meridian denies 2.5 times as many claims';
let alerts: ReturnType<typeof alert>[];
let requested: unknown[];

const root = {
  alert: ({ id }: { id: string }) => alerts.find((each) => each.id === id),
  signal: () => alerts[0]?.signal,
  alerts: () => pageOf(alerts),
  claims: ({ filter }: { filter?: { outcome?: string[] } }) => ({
    ...pageOf([]),
    totalCount: filter?.outcome ? 30 : 120,
  }),
  judgeAlert: ({ input }: { input: Record<string, unknown> }) => {
    const judgement = { id: 'j1', judgedBy: dana, judgedAt: '2026-05-12T10:00:00Z', ...input };
    Object.assign(alerts[0] as object, { judgement, judgements: [judgement] });
    return { alert: alerts[0], errors: [] };
  },
  createExport: ({ input }: { input: unknown }) => {
    requested.push({ ...(input as object) });
    return { export: { id: 'e1', title: 'Alert report' }, errors: [] };
  },
};

const fact = (label: string) => screen.getByText(label).closest('div');

beforeEach(() => {
  requested = [];
  alerts = [
    alert('a1', HEADLINE, signal('s1', meridian)),
    alert('a2', 'Meridian pays later', signal('s2', meridian, { kind: 'PAYMENT_DELAY', after: null })),
  ];
});

describe('an alert', () => {
  it('answers what changed, since when, how sure and how much', async () => {
    await renderApp('/alerts/a1', HEADLINE, root);
    expect(fact('What changed')).toHaveTextContent('10.0% → 25.0%');
    expect(screen.getByText(/now 20.0% to 30.0%/)).toBeInTheDocument();
    expect(screen.getByText(/between 1 Mar and 5 Mar; noticed 7 Mar/)).toBeInTheDocument();
    expect(screen.getByText('Very likely')).toBeInTheDocument();
    expect(screen.getByText('$4,211 a week')).toBeInTheDocument();
  });

  it('says how much of what was submitted since is decided', async () => {
    await renderApp('/alerts/a1', HEADLINE, root);
    expect(await screen.findByText(/75.0% decided today/)).toBeInTheDocument();
  });

  it('names the reasons that carry the change, the largest first, each with its claims', async () => {
    await renderApp('/alerts/a1', HEADLINE, root);
    const reasons = screen.getAllByRole('row', { name: /Prior authorization|Coding/ });
    expect(reasons.map((row) => within(row).getByRole('rowheader').textContent)).toEqual([
      'Prior authorization',
      'Coding',
    ]);
    expect(screen.getByRole('link', { name: '32 claims denied for Prior authorization' })).toHaveAttribute(
      'href',
      '/claims?payer=p1&category=AUTHORIZATION&outcome=DENIED&decidedFrom=2026-03-03',
    );
  });

  it('says what of its evidence was taken back, by whom, and whether detection has looked again', async () => {
    const mark = {
      takenBackAt: '2026-05-11T10:00:00Z',
      takenBackBy: dana,
      claims: 12,
      ofClaims: 340,
      lookedAgainAt: null as string | null,
      upload: { id: 'u9', fileName: 'may.csv' },
    };
    Object.assign(alerts[0] as object, { takenBack: [mark] });
    await renderApp('/alerts/a1', HEADLINE, root);
    const notice = screen.getByRole('status', { name: /Part of its evidence was taken back/ });
    expect(notice).toHaveTextContent(/may\.csv, taken back on .* by Dana Whitfield: 12 of 340 claims\./);
    expect(notice).toHaveTextContent('Detection has not looked again yet');
    cleanup();
    Object.assign(mark, { lookedAgainAt: '2026-05-11T10:05:00Z' });
    await renderApp('/alerts/a1', HEADLINE, root);
    expect(screen.getByText(/Detection looked again on .*: the alert stands\./)).toBeInTheDocument();
  });

  it('does not invent a median that is not reached', async () => {
    await renderApp('/alerts/a2', 'Meridian pays later', root);
    expect(screen.getByText(/since then not known yet/)).toBeInTheDocument();
  });

  it('tells whether it is them or us, by the other payers over the same days', async () => {
    await renderApp('/alerts/a1', HEADLINE, root);
    const card = screen.getByRole('region', { name: 'Them or us?' });
    expect(card).toHaveTextContent('This payer only. The other payers decide these services as before.');
    const others = within(card).getByRole('row', { name: /Your other payers/ });
    expect(within(others).getByText('8.0% → 8.1%')).toBeInTheDocument();
    expect(within(others).getByText('7.0% to 9.5%')).toBeInTheDocument();
    expect(within(others).getByText('1,200 claims since')).toBeInTheDocument();
  });

  it('says when it cannot be told whose change it is', async () => {
    alerts = [alert('a1', HEADLINE, signal('s1', meridian, { scope: 'UNCLEAR', scopeSentence: '' }))];
    await renderApp('/alerts/a1', HEADLINE, root);
    const card = screen.getByRole('region', { name: 'Them or us?' });
    expect(card).toHaveTextContent('Cannot be told yet. What the other payers have decided since the change fits both');
  });

  it('lists what was known of and what was changed near it, by date', async () => {
    alerts = [
      alert(
        'a1',
        HEADLINE,
        signal('s1', meridian, {
          knownEvents: [knownEvent('e1', 'New fee schedule', { firstDay: '2026-03-02', lastDay: '2026-03-04' })],
          ownChanges: [{ kind: 'NEW_LOCATION', day: '2026-02-20', what: 'Northside' }],
        }),
      ),
    ];
    await renderApp('/alerts/a1', HEADLINE, root);
    const card = screen.getByRole('region', { name: 'What else happened then' });
    expect(
      within(card)
        .getAllByRole('listitem')
        .map((item) => item.textContent),
    ).toEqual([
      '1First claims from Northside20 Feb 2026 · Your own change, from your data',
      '2New fee schedule2 Mar 2026 to 4 Mar 2026 · Contract · all payers',
    ]);
  });

  it('says so when nothing else is on record', async () => {
    await renderApp('/alerts/a1', HEADLINE, root);
    expect(screen.getByText(/Nothing is on record around 3 Mar 2026/)).toBeInTheDocument();
  });

  it('splits denials by reason and remark codes, each with its claims', async () => {
    await renderApp('/alerts/a1', HEADLINE, root);
    const carc = screen.getByRole('table', { name: 'Reason codes (CARC)' });
    const row = within(carc).getByRole('row', { name: /197/ });
    expect(
      within(row)
        .getAllByRole('cell')
        .map((cell) => cell.textContent),
    ).toEqual(['2.0%', '16.0%', '32']);
    expect(within(row).getByRole('link')).toHaveAttribute(
      'href',
      '/claims?payer=p1&code=197&outcome=DENIED&decidedFrom=2026-03-03',
    );
    expect(within(screen.getByRole('table', { name: 'Remark codes (RARC)' })).getByText('M62')).toBeInTheDocument();
  });

  it('opens a code to its full text, where the organization has one', async () => {
    const [carc, rarc] = signal('s1', meridian).reasons;
    const reasons = [{ ...carc, text: 'Nobody asked beforehand.' }, rarc];
    alerts = [alert('a1', HEADLINE, signal('s1', meridian, { reasons }))];
    const { user } = await renderApp('/alerts/a1', HEADLINE, root);
    const text = screen.getByText('Nobody asked beforehand.');
    expect(text).not.toBeVisible();
    await user.click(screen.getByText(/No prior authorization/));
    expect(text).toBeVisible();
    expect(screen.getByRole('rowheader', { name: 'M62 Authorization code missing' })).not.toContainHTML('details');
  });

  it('says when denials carry no remark codes, and has no codes where nothing is denied', async () => {
    const [carc] = signal('s1', meridian).reasons;
    alerts = [
      alert('a1', HEADLINE, signal('s1', meridian, { reasons: [carc] })),
      alert('a2', 'Meridian pays later', signal('s2', meridian, { kind: 'PAYMENT_DELAY', reasons: [] })),
    ];
    const { router } = await renderApp('/alerts/a1', HEADLINE, root);
    expect(screen.getByText('These denials carry no remark code.')).toBeInTheDocument();
    await router.navigate({ to: '/alerts/$alertId', params: { alertId: 'a2' }, search: {} });
    await screen.findByRole('heading', { level: 1, name: 'Meridian pays later' });
    expect(screen.queryByRole('region', { name: 'Which codes they carry' })).not.toBeInTheDocument();
  });

  it('gives every figure with its interval and the evidence in words', async () => {
    await renderApp('/alerts/a1', HEADLINE, root);
    const card = screen.getByRole('region', { name: 'How it is known' });
    expect(card).toHaveTextContent('10.0% (9.0% to 11.0%)');
    expect(card).toHaveTextContent('25.0% (20.0% to 30.0%)');
    expect(card).toHaveTextContent('3 Mar 2026, between 1 Mar 2026 and 5 Mar 2026');
    expect(card).toHaveTextContent('7 Mar 2026, 4 days after the change');
    expect(card).toHaveTextContent('22,000 times better than chance does');
  });

  it.each([
    ['DENIAL_COHORT', /of submitted claims denied/, 'Denials and expected denials, by day'],
    ['DENIAL_DOLLARS', /of billed dollars denied/, 'Denied and expected dollars, by day'],
    ['TAKEBACK', /takebacks per claim decided/, 'Takebacks per claim decided, by day'],
  ])('tells a signal of kind %s in its own units', async (kind, measure, chart) => {
    alerts = [alert('a1', HEADLINE, signal('s1', meridian, { kind }))];
    await renderApp('/alerts/a1', HEADLINE, root);
    expect(fact('What changed')).toHaveTextContent('10.0% → 25.0%');
    expect(fact('What changed')).toHaveTextContent(measure);
    expect(screen.getByRole('slider', { name: chart })).toBeInTheDocument();
  });

  it('says of denials by submission how they differ from the denial rate, and what dates them', async () => {
    const shares = [{ serviceGroupId: 'g1', name: 'Imaging', claims: 21, share: 0.9, restUnchanged: true }];
    alerts = [alert('a1', HEADLINE, signal('s1', meridian, { kind: 'DENIAL_COHORT', serviceGroupShares: shares }))];
    await renderApp('/alerts/a1', HEADLINE, root);
    expect(screen.getByText(/^Goes by the day claims were submitted, where the denial rate goes by/)).toBeVisible();
    expect(screen.getByText('by day of submission, between 1 Mar and 5 Mar; noticed 7 Mar')).toBeInTheDocument();
    expect(screen.getByRole('link', { name: '21 claims denied for Imaging' })).toHaveAttribute(
      'href',
      '/claims?payer=p1&group=g1&outcome=DENIED&submittedFrom=2026-03-03',
    );
  });

  it('tells the days of denied dollars in dollars, on the chart and in its table', async () => {
    const { series } = signal('s1', meridian);
    const billed = series.map((point) => ({ ...point, count: 20_000, events: 5_000, expected: 2_000.4 }));
    alerts = [alert('a1', HEADLINE, signal('s1', meridian, { kind: 'DENIAL_DOLLARS', series: billed }))];
    const { user } = await renderApp('/alerts/a1', HEADLINE, root);
    const chart = screen.getByRole('slider', { name: 'Denied and expected dollars, by day' });
    chart.focus();
    expect(chart).toHaveAttribute(
      'aria-valuetext',
      '12 Mar 2026: $5,000 of $20,000 billed denied (25.0%), $2,000 expected',
    );
    await user.click(screen.getByRole('button', { name: 'As table' }));
    const table = await screen.findByRole('region', { name: 'Denied and expected dollars, by day' });
    const [day, count, events, expected] = within(table)
      .getAllByRole('row')
      .slice(0, 2)
      .flatMap((row) => within(row).queryAllByRole('cell'))
      .map((cell) => cell.textContent);
    expect([day, count, events, expected]).toEqual(['12 Mar 2026', '$20,000', '$5,000', '$2,000']);
    expect(within(table).getByRole('columnheader', { name: 'Billed' })).toBeInTheDocument();
  });

  it('puts together the ways in which a part shows the change, each with its claims', async () => {
    const imaging = { serviceGroup: { id: 'g1', name: 'Imaging' } };
    const relatedSignals = [
      signal('s2', meridian, { ...imaging, kind: 'DENIAL_RATE' }),
      signal('s3', meridian, { location: 'Northside' }),
      signal('s4', meridian, { ...imaging, kind: 'DENIAL_COHORT' }),
    ];
    alerts = [{ ...alert('a1', HEADLINE, signal('s1', meridian)), relatedSignals: relatedSignals as never[] }];
    await renderApp('/alerts/a1', HEADLINE, root);
    const table = screen.getByRole('table', { name: 'Parts with the same change' });
    expect(
      within(table)
        .getAllByRole('rowheader')
        .map((part) => [part.textContent, part.getAttribute('rowspan')]),
    ).toEqual([
      ['Imaging', '2'],
      ['Northside', '1'],
    ]);
    expect(within(table).getByRole('link', { name: 'Claims of Imaging: Denials of submitted claims' })).toHaveAttribute(
      'href',
      '/claims?signal=s4',
    );
  });

  it('names the location or the reason it is bound to, and keeps the location in its links', async () => {
    alerts = [alert('a1', HEADLINE, signal('s1', meridian, { level: 'PAYER_LOCATION', location: 'Northside' }))];
    await renderApp('/alerts/a1', HEADLINE, root);
    expect(screen.getByText(/of decided claims denied at Northside; now/)).toBeInTheDocument();
    expect(screen.getByRole('link', { name: '32 claims denied for Prior authorization' })).toHaveAttribute(
      'href',
      expect.stringContaining('location=Northside'),
    );
  });

  it('says that it does not exist, as for an id of elsewhere', async () => {
    await renderApp('/alerts/other', 'Alert not found', root);
    expect(screen.getByText('This alert does not exist')).toBeInTheDocument();
  });
});

describe('its chart', () => {
  const chart = () => screen.getByRole('slider', { name: 'Denied share of decided claims, by day' });

  it('is walked by arrows and read out day by day', async () => {
    const { user } = await renderApp('/alerts/a1', HEADLINE, root);
    chart().focus();
    expect(chart()).toHaveAttribute('aria-valuetext', '12 Mar 2026: 5 of 20 decided claims denied (25.0%), 2 expected');
    await user.keyboard('{ArrowLeft}');
    expect(chart()).toHaveAttribute('aria-valuetext', expect.stringContaining('11 Mar 2026: 5 of 20'));
    await user.keyboard('{Home}');
    expect(chart()).toHaveAttribute('aria-valuetext', expect.stringContaining('11 Feb 2026: 2 of 20'));
  });

  it('opens the claims of a day with Enter', async () => {
    const { user, router } = await renderApp('/alerts/a1', HEADLINE, root);
    chart().focus();
    await user.keyboard('{Enter}');
    await waitFor(() =>
      expect(router.state.location.href).toBe('/claims?payer=p1&decidedFrom=2026-03-12&decidedTo=2026-03-12'),
    );
  });

  it('opens the claims of a range marked with Shift, and counts it whole', async () => {
    const { user, router } = await renderApp('/alerts/a1', HEADLINE, root);
    chart().focus();
    await user.keyboard('{Shift>}{ArrowLeft}{ArrowLeft}{/Shift}');
    expect(chart()).toHaveAttribute('aria-valuetext', expect.stringContaining('10 Mar 2026 to 12 Mar 2026: 15 of 60'));
    await user.keyboard('{Enter}');
    await waitFor(() =>
      expect(router.state.location.href).toBe('/claims?payer=p1&decidedFrom=2026-03-10&decidedTo=2026-03-12'),
    );
  });

  it('has its table, with the same figures', async () => {
    const { user } = await renderApp('/alerts/a1', HEADLINE, root);
    await user.click(screen.getByRole('button', { name: 'As table' }));
    const table = await screen.findByRole('region', { name: 'Denied share of decided claims, by day' });
    const latest = within(table).getAllByRole('row')[1] as HTMLElement;
    expect(
      within(latest)
        .getAllByRole('cell')
        .map((cell) => cell.textContent),
    ).toEqual(['12 Mar 2026', '20', '5', '2', '25.0%', '10.0%', '10', '8.2']);
    expect(within(table).getAllByRole('row')).toHaveLength(31);
  });
});

describe('deciding', () => {
  it('keeps a judgement with its note and recovered money', async () => {
    const { user, operations } = await renderApp('/alerts/a1', HEADLINE, root);
    await user.click(screen.getByRole('radio', { name: 'Real' }));
    await user.type(screen.getByRole('textbox', { name: 'Recovered so far' }), '$1,200.5');
    await user.type(screen.getByRole('textbox', { name: 'Note' }), 'Reprocessed');
    await user.click(screen.getByRole('button', { name: 'Save judgement' }));
    expect(await screen.findByText(/\$1,200.50 recovered/)).toBeInTheDocument();
    expect(operations.find(({ name }) => name === 'JudgeAlert')?.variables).toEqual({
      input: { alertId: 'a1', verdict: 'REAL', note: 'Reprocessed', recoveredAmount: '1200.50' },
    });
    expect(screen.getByRole('textbox', { name: 'Note' })).toHaveValue('');
  });

  it('asks for the missing choice, and for an amount that is one', async () => {
    const { user, operations } = await renderApp('/alerts/a1', HEADLINE, root);
    await user.click(screen.getByRole('button', { name: 'Save judgement' }));
    expect(screen.getByRole('alert')).toHaveTextContent('Choose one');
    await user.click(screen.getByRole('radio', { name: 'Real' }));
    await user.type(screen.getByRole('textbox', { name: 'Recovered so far' }), 'a lot');
    await user.click(screen.getByRole('button', { name: 'Save judgement' }));
    expect(screen.getByText(/Enter an amount/)).toBeInTheDocument();
    expect(operations.some(({ name }) => name === 'JudgeAlert')).toBe(false);
  });

  it('keeps what was typed while one looks elsewhere', async () => {
    const { user, router } = await renderApp('/alerts/a1', HEADLINE, root);
    await user.type(screen.getByRole('textbox', { name: 'Note' }), 'Half a thought');
    await router.navigate({ to: '/payers' });
    await screen.findByRole('heading', { level: 1, name: 'Payers' });
    await router.navigate({ to: '/alerts/$alertId', params: { alertId: 'a1' }, search: {} });
    expect(await screen.findByRole('textbox', { name: 'Note' })).toHaveValue('Half a thought');
  });

  it('goes to the next alert of the list with J and back with K', async () => {
    const { user, router } = await renderApp('/alerts/a1', HEADLINE, root);
    await screen.findByText('1 of 2');
    await user.keyboard('J');
    await waitFor(() => expect(router.state.location.pathname).toBe('/alerts/a2'));
    await screen.findByText('2 of 2');
    await user.keyboard('K');
    await waitFor(() => expect(router.state.location.pathname).toBe('/alerts/a1'));
  });

  it('asks for the PDF and the workbook', async () => {
    const { user } = await renderApp('/alerts/a1', HEADLINE, root);
    await user.click(screen.getByRole('button', { name: 'PDF for the director' }));
    await user.click(screen.getByRole('checkbox', { name: /PHI/ }));
    await user.click(screen.getByRole('button', { name: 'Workbook of these claims' }));
    await waitFor(() => expect(requested).toHaveLength(2));
    expect(requested).toMatchObject([
      { kind: 'ALERT_PDF', alertId: 'a1', includePhi: false },
      { kind: 'CLAIMS_XLSX', claimFilter: { signalId: 's1' }, includePhi: true },
    ]);
    expect((await screen.findAllByText(/is being made/)).length).toBeGreaterThan(0);
  });

  it('is not offered to a role that only reads', async () => {
    await renderApp('/alerts/a1', HEADLINE, root, READING);
    expect(screen.getByText(/Your role reads alerts/)).toBeInTheDocument();
    for (const name of ['Acknowledge', 'Save judgement', 'PDF for the director']) {
      expect(screen.queryByRole('button', { name })).not.toBeInTheDocument();
    }
  });
});
