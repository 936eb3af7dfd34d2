import { describe, expect, it } from 'vitest';
import { type ExportItem, exportPhase, exportStatus } from './status';

const item = (state: ExportItem['job']['state'], changes: Partial<ExportItem> = {}): ExportItem => ({
  id: 'e1',
  kind: 'CLAIMS_XLSX',
  title: 'Claims',
  fileName: 'claims.xlsx',
  includesPhi: false,
  rows: null,
  sizeBytes: null,
  createdAt: '2026-05-12T10:00:00Z',
  expiresAt: null,
  expired: false,
  createdBy: null,
  job: { id: 'j1', state, progressDone: 0, progressTotal: null, progressLabel: '', error: null },
  ...changes,
});

describe('an export', () => {
  it('has one phase for each thing a person can do about it', () => {
    expect(
      (['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const).map((state) => exportPhase(item(state))),
    ).toEqual(['queued', 'running', 'ready', 'failed', 'cancelled']);
    expect(exportPhase(item('SUCCEEDED', { expired: true }))).toBe('expired');
  });

  it('tells how far it is', () => {
    const job = { ...item('RUNNING').job, progressDone: 1200, progressTotal: 5000, progressLabel: 'Writing rows' };
    expect(exportStatus(item('RUNNING', { job }))).toBe('Writing rows · 1,200 of 5,000');
  });

  it('tells what is in it when it is ready, and nothing it does not know', () => {
    expect(exportStatus(item('SUCCEEDED', { rows: 0, sizeBytes: 6_400 }))).toBe('Workbook · 0 rows · 6.4 kB');
    expect(exportStatus(item('SUCCEEDED'))).toBe('Workbook');
    expect(exportStatus(item('SUCCEEDED', { kind: 'ALERT_PDF', rows: 40, sizeBytes: 104_171 }))).toBe('PDF · 104.2 kB');
  });

  it('tells why it failed', () => {
    const job = { ...item('FAILED').job, error: { code: 'TOO_LARGE' as const, message: 'Narrow the filters.' } };
    expect(exportStatus(item('FAILED', { job }))).toBe('Narrow the filters.');
  });
});
