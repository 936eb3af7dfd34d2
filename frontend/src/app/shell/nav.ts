import {
  IconAdjustments,
  IconBellRinging,
  IconBuildingBank,
  IconCalendarEvent,
  IconFileDownload,
  IconFileInvoice,
  IconHistory,
  IconInbox,
  IconKey,
  IconListSearch,
  IconMapPin,
  IconStack2,
  IconUpload,
  IconUsers,
  IconWebhook,
  type TablerIcon,
} from '@tabler/icons-react';
import type { Permission } from '@/graphql/tada';

type NavItem = {
  to:
    | '/inbox'
    | '/claims'
    | '/payers'
    | '/uploads'
    | '/exports'
    | '/audit'
    | '/backtest'
    | '/settings/detection'
    | '/settings/events'
    | '/settings/groups'
    | '/settings/locations'
    | '/settings/members'
    | '/settings/keys'
    | '/settings/webhooks'
    | '/settings/addresses';
  /** Paths that belong to this part as well. */
  also?: string;
  label: string;
  icon: TablerIcon;
  key: string;
  permission: Permission;
  /** Reached from another part's page: by key and from the palette, not in the bar. */
  inBar?: false;
};

export const belongsTo = (path: string, { to, also }: Pick<NavItem, 'to' | 'also'>): boolean =>
  path === to || path.startsWith(`${to}/`) || (also !== undefined && path.startsWith(also));

export const NAVIGATION: NavItem[] = [
  { to: '/inbox', also: '/alerts/', label: 'Inbox', icon: IconInbox, key: 'i', permission: 'ALERTS_READ' },
  { to: '/claims', label: 'Claims', icon: IconFileInvoice, key: 'c', permission: 'CLAIMS_READ' },
  { to: '/payers', label: 'Payers', icon: IconBuildingBank, key: 'p', permission: 'PAYERS_READ' },
  { to: '/uploads', label: 'Uploads', icon: IconUpload, key: 'u', permission: 'UPLOADS_READ' },
  { to: '/audit', label: 'Audit', icon: IconListSearch, key: 'a', permission: 'AUDIT_READ' },
  { to: '/exports', label: 'Exports', icon: IconFileDownload, key: 'e', permission: 'EXPORTS_READ' },
  { to: '/backtest', label: 'Backtest', icon: IconHistory, key: 'b', permission: 'SIGNALS_READ' },
  {
    to: '/settings/detection',
    also: '/settings/',
    label: 'Settings',
    icon: IconAdjustments,
    key: 's',
    permission: 'SIGNALS_READ',
  },
  {
    to: '/settings/events',
    label: 'Known events',
    icon: IconCalendarEvent,
    key: 'k',
    permission: 'SIGNALS_READ',
    inBar: false,
  },
  {
    to: '/settings/groups',
    label: 'Service groups',
    icon: IconStack2,
    key: 'g',
    permission: 'PAYERS_READ',
    inBar: false,
  },
  {
    to: '/settings/locations',
    label: 'Locations',
    icon: IconMapPin,
    key: 'l',
    permission: 'PAYERS_READ',
    inBar: false,
  },
  {
    to: '/settings/members',
    label: 'Members',
    icon: IconUsers,
    key: 'm',
    permission: 'MEMBERS_READ',
    inBar: false,
  },
  {
    to: '/settings/keys',
    label: 'Service keys',
    icon: IconKey,
    key: 'y',
    permission: 'SERVICE_KEYS_WRITE',
    inBar: false,
  },
  {
    to: '/settings/webhooks',
    label: 'Webhooks',
    icon: IconWebhook,
    key: 'w',
    permission: 'SERVICE_KEYS_WRITE',
    inBar: false,
  },
  {
    to: '/settings/addresses',
    label: 'Alert addresses',
    icon: IconBellRinging,
    key: 't',
    permission: 'SERVICE_KEYS_WRITE',
    inBar: false,
  },
];

/** The first part of the product that these permissions show. */
export const homeOf = (permissions: readonly Permission[]): NavItem['to'] =>
  NAVIGATION.find(({ permission }) => permissions.includes(permission))?.to ?? '/inbox';
