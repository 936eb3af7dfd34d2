import type { Role } from '@/graphql/tada';

const LABELS: Record<Role, string> = {
  OWNER: 'Owner',
  ADMIN: 'Administrator',
  CARE_TEAM: 'Care team',
  ANALYST: 'Analyst',
  AUDITOR: 'Auditor',
  VIEWER: 'Viewer',
  INTEGRATION: 'Integration',
};

export const roleLabel = (role: Role): string => LABELS[role];
