import type { Permission } from '@/graphql/tada';
import { addDays } from '@/lib/dates';

/** Records as the API gives them. */

export const EVERYTHING: Permission[] = [
  'AUDIT_READ',
  'AD_HOC_QUERIES',
  'SCHEMA_READ',
  'CLAIMS_READ',
  'PHI_READ',
  'PAYERS_READ',
  'PAYERS_WRITE',
  'UPLOADS_READ',
  'UPLOADS_WRITE',
  'QUARANTINE_READ',
  'SIGNALS_READ',
  'DETECTION_RUN',
  'DETECTION_WRITE',
  'KNOWN_EVENTS_WRITE',
  'ALERTS_READ',
  'ALERTS_WRITE',
  'EXPORTS_READ',
  'EXPORTS_WRITE',
  'EXPORTS_PHI',
  'JOBS_READ',
  'MEMBERS_READ',
  'SERVICE_KEYS_WRITE',
];

export const READING: Permission[] = ['CLAIMS_READ', 'PAYERS_READ', 'SIGNALS_READ', 'ALERTS_READ', 'UPLOADS_READ'];

const organization = {
  id: 'o1',
  name: 'Riverbend',
  slug: 'riverbend',
  dataThrough: '2026-05-12',
  isDemo: true,
  secondFactorRequired: false,
};

export const dana = { id: 'u1', name: 'Dana Whitfield', email: 'dana@riverbend.example', role: 'OWNER' };
export const luis = { id: 'u2', name: 'Luis Ortega', email: 'luis@riverbend.example', role: 'CARE_TEAM' };

export const viewer = (permissions: Permission[]) => ({
  ...dana,
  organization,
  organizations: [organization],
  permissions,
  mustSetUpSecondFactor: false,
  idleLimitSeconds: 1800,
});

export const sessionPayload = (permissions: Permission[] = EVERYTHING, accessToken = 'token-1') => ({
  session: { accessToken, expiresAt: '2099-01-01T00:00:00Z', refreshToken: null },
  viewer: viewer(permissions),
  secondFactors: [] as string[],
  errors: [],
});

export const pageOf = <Item>(items: Item[]) => ({
  items,
  totalCount: items.length,
  pageInfo: { startCursor: null, endCursor: null, hasNextPage: false, hasPreviousPage: false },
});

export const payer = (id: string, name: string, openAlerts = 0) => ({
  id,
  name,
  aliases: [],
  openAlerts,
  summary: {
    claims: 400,
    decided: 350,
    denied: 30,
    denialRate: 0.0857,
    pending: 50,
    billedAmount: '120000.00',
    paidAmount: '80000.00',
    medianDaysToPayment: 15,
    weekly: [
      { week: '2026-05-04', decided: 30, denied: 2, denialRate: 0.0667 },
      { week: '2026-05-11', decided: 0, denied: 0, denialRate: null },
    ],
  },
});

const CHANGE = '2026-03-03';

/** Twenty days before the change and ten after: 2 of 20 a day denied, then 5 of 20. */
export const series = () =>
  Array.from({ length: 30 }, (_, index) => ({
    day: addDays(CHANGE, index - 20),
    count: 20,
    events: index < 20 ? 2 : 5,
    expected: 2,
    rate: index < 20 ? 0.1 : 0.25,
    baseline: 0.1,
    statistic: index < 24 ? 1 : 10,
    threshold: 8.2,
  }));

export const signal = (id: string, of: ReturnType<typeof payer>, changes: Record<string, unknown> = {}) => ({
  id,
  kind: 'DENIAL_RATE',
  level: 'PAYER',
  direction: 'WORSE',
  payer: of,
  serviceGroup: null,
  denialCategory: '',
  denialLabel: '',
  location: '',
  scope: 'THIS_PAYER',
  scopeSentence: 'This payer only: the other payers decide these services as before.',
  headline: 'Meridian denies 2.5 times as many claims',
  inForce: true,
  found: true,
  carriedBy: '',
  alarmedOn: '2026-03-07',
  changeDate: CHANGE,
  changeDateLow: '2026-03-01',
  changeDateHigh: '2026-03-05',
  before: 0.1,
  beforeLow: 0.09,
  beforeHigh: 0.11,
  after: 0.25,
  afterLow: 0.2,
  afterHigh: 0.3,
  eValue: 22000,
  logEvidence: 4.34,
  certainty: 0.982,
  dollarsPerWeek: '4210.50',
  claimsAffected: 50,
  dataThrough: '2026-03-12',
  series: series(),
  categories: [
    { category: 'AUTHORIZATION', label: 'Prior authorization', before: 0.02, after: 0.16, claims: 32, share: 0.93 },
    { category: 'CODING', label: 'Coding', before: 0.03, after: 0.04, claims: 8, share: 0.07 },
  ],
  serviceGroupShares: [
    { serviceGroupId: 'g1', name: 'Imaging', claims: 36, share: 0.9, restUnchanged: true },
    { serviceGroupId: null, name: 'Other services', claims: 4, share: 0.1, restUnchanged: false },
  ],
  reasons: [
    {
      kind: 'CARC',
      code: '197',
      label: 'No prior authorization',
      text: null as string | null,
      before: 0.02,
      after: 0.16,
      claims: 32,
    },
    {
      kind: 'RARC',
      code: 'M62',
      label: 'Authorization code missing',
      text: null,
      before: 0.01,
      after: 0.1,
      claims: 20,
    },
  ],
  elsewhere: { before: 0.08, after: 0.081, afterLow: 0.07, afterHigh: 0.095, claims: 1200 },
  knownEvents: [] as unknown[],
  ownChanges: [] as unknown[],
  parameters: '{}',
  claims: pageOf([]),
  ...changes,
});

export const alert = (
  id: string,
  headline: string,
  of: ReturnType<typeof signal>,
  changes: Record<string, unknown> = {},
) => ({
  id,
  state: 'OPEN',
  headline,
  rankScore: 1,
  createdAt: '2026-03-07T06:00:00Z',
  updatedAt: '2026-03-07T06:00:00Z',
  signal: of,
  relatedSignals: [],
  payer: of.payer,
  assignee: null as typeof dana | null,
  acknowledgedAt: null,
  snoozedUntil: null as string | null,
  resolvedAt: null,
  judgement: null,
  judgements: [] as unknown[],
  takenBack: [] as unknown[],
  activity: [{ id: `${id}-opened`, action: 'OPENED', by: null, at: '2026-03-07T06:00:00Z', detail: '' }],
  ...changes,
});

export const job = (state: string, changes: Record<string, unknown> = {}) => ({
  id: `job-${state}`,
  kind: 'intake',
  state,
  progressDone: 0,
  progressTotal: null,
  progressLabel: '',
  attempts: 1,
  error: null,
  createdAt: '2026-05-12T10:00:00Z',
  startedAt: null,
  finishedAt: null,
  ...changes,
});

export const upload = (id: string, fileName: string, changes: Record<string, unknown> = {}) => ({
  id,
  fileName,
  sizeBytes: 2048,
  sha256: 'ab',
  kind: 'CLAIMS_CSV',
  createdAt: '2026-05-12T10:00:00Z',
  uploadedBy: dana,
  job: job('SUCCEEDED'),
  duplicateOf: null,
  container: null,
  sourceMappingId: null,
  rowsRead: 12,
  linesRead: 12,
  claimsCreated: 10,
  claimsUpdated: 1,
  claimsUnchanged: 0,
  rowsQuarantined: 1,
  rowsMended: 0,
  rowsDismissed: 0,
  rowsOpen: 1,
  mendedBy: [],
  quarantineTruncated: false,
  findings: [],
  billedTotal: '1000.00',
  paidTotal: '700.00',
  acknowledged: null,
  quality: {
    score: 78,
    parts: [
      { key: 'rows', label: 'Rows taken', weight: 30, share: 11 / 12, sentence: '1 of 12 rows were set aside.' },
      { key: 'paid_date', label: 'Payment day', weight: 5, share: 1, sentence: 'Every one tells its payment day.' },
    ],
    lacks: [{ field: 'patient', label: 'Patient', lacking: 4, of: 11, cost: '' }],
    reasons: [{ reason: 'submitted_date date', rows: 1 }],
    outcomes: [
      { outcome: 'DENIED', claims: 3 },
      { outcome: '', claims: 8 },
    ],
    payers: [{ name: 'Aster Health', claims: 11 }],
    spans: [{ days: 'decided', first: '2026-03-02', last: '2026-03-20' }],
  },
  quarantineUrl: '/downloads/rejected',
  rowErrors: pageOf([
    {
      id: 'r1',
      lineNumber: 7,
      field: 'submitted_date',
      code: 'INVALID',
      message: 'Use YYYY-MM-DD.',
      settledAt: null,
      settledBy: null,
      mendedBy: null,
      triedBy: null,
    },
  ]),
  ...changes,
});

/** A change as a backtest tells it. */
export const backtestSignal = (of: ReturnType<typeof payer> | null, changes: Record<string, unknown> = {}) => ({
  kind: 'DENIAL_RATE',
  level: 'PAYER',
  direction: 'WORSE',
  payer: of,
  serviceGroup: null,
  denialCategory: '',
  denialLabel: '',
  location: '',
  alarmedOn: '2026-03-07',
  alertedOn: '2026-03-07' as string | null,
  isAlert: true,
  reason: 'ALERT',
  explainedBy: null as object | null,
  changeDate: CHANGE,
  changeDateLow: '2026-03-01',
  changeDateHigh: '2026-03-05',
  before: 0.1,
  after: 0.25,
  eValue: 22000,
  dollarsPerWeek: '4210.50',
  headline: `${of?.name ?? 'A payer'} denies 2.5 times as many claims`,
  signalId: null,
  alertId: null as string | null,
  ...changes,
});

export const backtest = (jobId: string, signals: ReturnType<typeof backtestSignal>[] | null, state = 'SUCCEEDED') => ({
  from: '2025-05-13',
  to: '2026-05-12',
  weeklyAlertBudget: 3,
  smallestOdds: 1.05,
  job: { ...job(state), id: jobId },
  signals,
});

export const knownEvent = (id: string, title: string, changes: Record<string, unknown> = {}) => ({
  id,
  kind: 'CONTRACT',
  title,
  note: '',
  payer: null as { id: string; name: string } | null,
  serviceGroup: null as { id: string; name: string } | null,
  firstDay: '2026-03-01',
  lastDay: null as string | null,
  ...changes,
});

export const member = (id: string, name: string, role: string, changes: Record<string, unknown> = {}) => ({
  id,
  name,
  email: `${name.split(' ')[0]?.toLowerCase()}@riverbend.example`,
  role,
  hasSecondFactor: false,
  lastSeenAt: null as string | null,
  ...changes,
});

export const invitation = (id: string, name: string, role: string, changes: Record<string, unknown> = {}) => ({
  id,
  name,
  email: `${name.split(' ')[0]?.toLowerCase()}@riverbend.example`,
  role,
  sentAt: '2026-05-12T09:00:00Z' as string | null,
  sendingFailed: false,
  expiresAt: '2099-05-19T09:00:00Z',
  invitedBy: dana,
  ...changes,
});

export const serviceKey = (id: string, name: string, changes: Record<string, unknown> = {}) => ({
  id,
  name,
  prefix: 'upk_1a2b3c4d5e6f',
  scopes: ['UPLOADS_WRITE'],
  createdAt: '2026-03-01T09:00:00Z',
  createdBy: dana as typeof dana | null,
  expiresAt: '2099-03-01T00:00:00Z',
  revokedAt: null as string | null,
  lastUsedAt: null as string | null,
  ...changes,
});
