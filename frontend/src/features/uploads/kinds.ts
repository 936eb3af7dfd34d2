import type { UploadKind } from '@/graphql/tada';

const ANSWERS: UploadKind[] = ['X12_999', 'X12_277CA', 'X12_278'];

/** Whether a file of the kind tells of claims; else of what others answered, or it holds files. */
export const bringsClaims = (kind: UploadKind) => kind !== 'ARCHIVE' && !ANSWERS.includes(kind);
export const bringsAnswers = (kind: UploadKind) => ANSWERS.includes(kind);
