import type { ExportKind, KnownEventKind, Outcome, SignalKind, Standing, UploadKind } from './tada';

/** The field's terms for enumerations several features show. */
export const OUTCOME_LABEL: Record<Outcome, string> = {
  PENDING: 'Pending',
  PAID: 'Paid',
  DENIED: 'Denied',
  PARTIAL: 'Partly paid',
};

/** What became of a claim or a submission before any decision. */
export const STANDING: Record<Standing, { label: string; color: string }> = {
  ACCEPTED: { label: 'Accepted', color: 'teal' },
  PARTIAL: { label: 'Partly accepted', color: 'yellow' },
  REJECTED: { label: 'Rejected', color: 'red' },
  PENDING: { label: 'Pending', color: 'gray' },
};

export const EXPORT_KIND_LABEL: Record<ExportKind, string> = {
  ALERT_PDF: 'PDF',
  CLAIMS_XLSX: 'Workbook',
  ALERTS_XLSX: 'Workbook',
  AUDIT_XLSX: 'Workbook',
  QUERY_XLSX: 'Workbook',
  QUERY_CSV: 'Table (CSV)',
};

export const UPLOAD_KIND_LABEL: Record<UploadKind, string> = {
  CLAIMS_CSV: 'Table of claims',
  X12_835: 'Remittance (835)',
  X12_837P: 'Submission (837P)',
  X12_837I: 'Submission (837I)',
  X12_837D: 'Submission (837D)',
  X12_999: 'Acknowledgement (999, 997)',
  X12_277CA: 'Claim acknowledgement (277CA)',
  X12_278: 'Authorizations (278)',
  FHIR: 'Claims and answers (FHIR)',
  ARCHIVE: 'Archive',
  UNKNOWN: 'Not recognised',
};

export const KIND_LABEL: Record<SignalKind, string> = {
  DENIAL_RATE: 'Denials',
  DENIAL_COHORT: 'Denials of submitted claims',
  DENIAL_DOLLARS: 'Denied dollars',
  PAYMENT_DELAY: 'Payment delay',
  TAKEBACK: 'Takebacks',
};

export const EVENT_KIND_LABEL: Record<KnownEventKind, string> = {
  CONTRACT: 'Contract',
  RULE_CHANGE: 'New rule or policy',
  SYSTEM: 'Own system or process',
  HOLIDAY: 'Holiday or closure',
  OTHER: 'Other',
};
