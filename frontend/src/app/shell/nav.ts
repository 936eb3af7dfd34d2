import {
  IconBuildingBank,
  IconFileDownload,
  IconFileInvoice,
  IconInbox,
  IconUpload,
  type TablerIcon,
} from '@tabler/icons-react';
import type { Permission } from '@/graphql/tada';

type NavItem = {
  to: '/inbox' | '/claims' | '/payers' | '/uploads' | '/exports';
  /** Paths that belong to this part as well. */
  also?: string;
  label: string;
  icon: TablerIcon;
  key: string;
  permission: Permission;
};

export const belongsTo = (path: string, { to, also }: Pick<NavItem, 'to' | 'also'>): boolean =>
  path === to || path.startsWith(`${to}/`) || (also !== undefined && path.startsWith(also));

export const NAVIGATION: NavItem[] = [
  { to: '/inbox', also: '/alerts/', label: 'Inbox', icon: IconInbox, key: 'i', permission: 'ALERTS_READ' },
  { to: '/claims', label: 'Claims', icon: IconFileInvoice, key: 'c', permission: 'CLAIMS_READ' },
  { to: '/payers', label: 'Payers', icon: IconBuildingBank, key: 'p', permission: 'PAYERS_READ' },
  { to: '/uploads', label: 'Uploads', icon: IconUpload, key: 'u', permission: 'UPLOADS_READ' },
  { to: '/exports', label: 'Exports', icon: IconFileDownload, key: 'e', permission: 'EXPORTS_READ' },
];
