import type { ExportKind, Outcome, UploadKind } from './tada';

/** The field's terms for enumerations several features show. */
export const OUTCOME_LABEL: Record<Outcome, string> = {
  PENDING: 'Pending',
  PAID: 'Paid',
  DENIED: 'Denied',
  PARTIAL: 'Partly paid',
};

export const EXPORT_KIND_LABEL: Record<ExportKind, string> = {
  ALERT_PDF: 'PDF',
  CLAIMS_XLSX: 'Workbook',
  ALERTS_XLSX: 'Workbook',
};

export const UPLOAD_KIND_LABEL: Record<UploadKind, string> = {
  CLAIMS_CSV: 'Claims CSV',
  X12_835: 'Remittance (835)',
  X12_837P: 'Submission (837P)',
  UNKNOWN: 'Not recognised',
};
