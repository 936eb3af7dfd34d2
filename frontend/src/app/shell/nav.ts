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
  IconTerminal2,
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
    | '/explore'
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
  /** The letter that leads there after g; none where that of its part does. */
  key?: string;
  permission: Permission;
};

export const belongsTo = (path: string, { to, also }: Pick<NavItem, 'to' | 'also'>): boolean =>
  path === to || path.startsWith(`${to}/`) || (also !== undefined && path.startsWith(also));

const PARTS: NavItem[] = [
  { to: '/inbox', also: '/alerts/', label: 'Inbox', icon: IconInbox, key: 'i', permission: 'ALERTS_READ' },
  { to: '/claims', label: 'Claims', icon: IconFileInvoice, key: 'c', permission: 'CLAIMS_READ' },
  { to: '/payers', label: 'Payers', icon: IconBuildingBank, key: 'p', permission: 'PAYERS_READ' },
  { to: '/uploads', label: 'Uploads', icon: IconUpload, key: 'u', permission: 'UPLOADS_READ' },
  { to: '/audit', label: 'Audit', icon: IconListSearch, key: 'a', permission: 'AUDIT_READ' },
  { to: '/exports', label: 'Exports', icon: IconFileDownload, key: 'e', permission: 'EXPORTS_READ' },
  { to: '/backtest', label: 'Backtest', icon: IconHistory, key: 'b', permission: 'SIGNALS_READ' },
  { to: '/explore', label: 'Explore', icon: IconTerminal2, key: 'x', permission: 'AD_HOC_QUERIES' },
];

/** The pages of Settings, in the order of their tabs. */
const SETTINGS: NavItem[] = [
  { to: '/settings/detection', label: 'Detection', icon: IconAdjustments, permission: 'SIGNALS_READ' },
  { to: '/settings/events', label: 'Known events', icon: IconCalendarEvent, key: 'k', permission: 'SIGNALS_READ' },
  { to: '/settings/groups', label: 'Service groups', icon: IconStack2, key: 'g', permission: 'PAYERS_READ' },
  { to: '/settings/locations', label: 'Locations', icon: IconMapPin, key: 'l', permission: 'PAYERS_READ' },
  { to: '/settings/members', label: 'Members', icon: IconUsers, key: 'm', permission: 'MEMBERS_READ' },
  { to: '/settings/keys', label: 'Service keys', icon: IconKey, key: 'y', permission: 'SERVICE_KEYS_WRITE' },
  { to: '/settings/webhooks', label: 'Webhooks', icon: IconWebhook, key: 'w', permission: 'SERVICE_KEYS_WRITE' },
  {
    to: '/settings/addresses',
    label: 'Alert addresses',
    icon: IconBellRinging,
    key: 't',
    permission: 'SERVICE_KEYS_WRITE',
  },
];

type Held = readonly Permission[];
const shown = (items: NavItem[], permissions: Held) =>
  items.filter(({ permission }) => permissions.includes(permission));

/** The pages of Settings that these permissions show. */
export const settingsOf = (permissions: Held): NavItem[] => shown(SETTINGS, permissions);

/** The parts of the product that these permissions show; Settings leads to the first of its pages that they do. */
export function partsOf(permissions: Held): NavItem[] {
  const [first] = settingsOf(permissions);
  const settings = first && { ...first, also: '/settings/', label: 'Settings', icon: IconAdjustments, key: 's' };
  return [...shown(PARTS, permissions), ...(settings ? [settings] : [])];
}

/** The part or page that a path belongs to and these permissions do not show. */
export const refusedAt = (path: string, permissions: Held): NavItem | undefined =>
  [...PARTS, ...SETTINGS].find((item) => belongsTo(path, item) && !permissions.includes(item.permission));

/** The first part of the product that these permissions show. */
export const homeOf = (permissions: Held): NavItem['to'] => partsOf(permissions)[0]?.to ?? '/inbox';
