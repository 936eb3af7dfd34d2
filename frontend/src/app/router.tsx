import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
} from '@tanstack/react-router';
import { parseSearch, stringifySearch } from '@/lib/search';
import { Home, SettingsHome } from './shell/Home';
import { NotFound } from './shell/NotFound';
import { Shell } from './shell/Shell';
import {
  addressesSearch,
  auditSearch,
  backtestSearch,
  claimSearch,
  claimsSearch,
  detectionSearch,
  inboxSearch,
  pagedSearch,
  payersSearch,
} from './urls';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: Home,
});

const inbox = createRoute({
  getParentRoute: () => root,
  path: '/inbox',
  validateSearch: (search) => inboxSearch.parse(search),
  component: lazyRouteComponent(() => import('@/features/alerts/inbox/InboxPage'), 'InboxPage'),
});

/** An alert keeps the inbox's filters in its own URL, so that "next" and "back" mean the list one came from. */
const alert = createRoute({
  getParentRoute: () => root,
  path: '/alerts/$alertId',
  validateSearch: (search) => inboxSearch.parse(search),
  component: lazyRouteComponent(() => import('@/features/alerts/record/AlertPage'), 'AlertPage'),
});

const claims = createRoute({
  getParentRoute: () => root,
  path: '/claims',
  validateSearch: (search) => claimsSearch.parse(search),
  component: lazyRouteComponent(() => import('@/features/claims/ClaimsPage'), 'ClaimsPage'),
});

const claim = createRoute({
  getParentRoute: () => root,
  path: '/claims/$claimId',
  validateSearch: (search) => claimSearch.parse(search),
  component: lazyRouteComponent(() => import('@/features/claims/ClaimPage'), 'ClaimPage'),
});

const payers = createRoute({
  getParentRoute: () => root,
  path: '/payers',
  validateSearch: (search) => payersSearch.parse(search),
  component: lazyRouteComponent(() => import('@/features/payers/PayersPage'), 'PayersPage'),
});

const payer = createRoute({
  getParentRoute: () => root,
  path: '/payers/$payerId',
  component: lazyRouteComponent(() => import('@/features/payers/PayerPage'), 'PayerPage'),
});

const uploads = createRoute({
  getParentRoute: () => root,
  path: '/uploads',
  validateSearch: (search) => pagedSearch.parse(search),
  component: lazyRouteComponent(() => import('@/features/uploads/UploadsPage'), 'UploadsPage'),
});

const sources = createRoute({
  getParentRoute: () => root,
  path: '/uploads/quality',
  component: lazyRouteComponent(() => import('@/features/uploads/SourcesPage'), 'SourcesPage'),
});

const sourceMappings = createRoute({
  getParentRoute: () => root,
  path: '/uploads/mappings',
  validateSearch: (search) => pagedSearch.parse(search),
  component: lazyRouteComponent(() => import('@/features/uploads/mapping/MappingsPage'), 'MappingsPage'),
});

const upload = createRoute({
  getParentRoute: () => root,
  path: '/uploads/$uploadId',
  component: lazyRouteComponent(() => import('@/features/uploads/UploadPage'), 'UploadPage'),
});

const uploadMapping = createRoute({
  getParentRoute: () => root,
  path: '/uploads/$uploadId/columns',
  component: lazyRouteComponent(() => import('@/features/uploads/mapping/MappingPage'), 'MappingPage'),
});

const exports = createRoute({
  getParentRoute: () => root,
  path: '/exports',
  validateSearch: (search) => pagedSearch.parse(search),
  component: lazyRouteComponent(() => import('@/features/exports/ExportsPage'), 'ExportsPage'),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: (search) => auditSearch.parse(search),
  component: lazyRouteComponent(() => import('@/features/audit/AuditPage'), 'AuditPage'),
});

const backtest = createRoute({
  getParentRoute: () => root,
  path: '/backtest',
  validateSearch: (search) => backtestSearch.parse(search),
  component: lazyRouteComponent(() => import('@/features/backtest/BacktestPage'), 'BacktestPage'),
});

const explore = createRoute({
  getParentRoute: () => root,
  path: '/explore',
  component: lazyRouteComponent(() => import('@/features/explore/ExplorePage'), 'ExplorePage'),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
});

const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: '/',
  component: SettingsHome,
});

const detectionSettings = createRoute({
  getParentRoute: () => settings,
  path: '/detection',
  validateSearch: (search) => detectionSearch.parse(search),
  component: lazyRouteComponent(() => import('@/features/settings/detection/DetectionPage'), 'DetectionPage'),
});

const knownEvents = createRoute({
  getParentRoute: () => settings,
  path: '/events',
  validateSearch: (search) => pagedSearch.parse(search),
  component: lazyRouteComponent(() => import('@/features/settings/events/EventsPage'), 'EventsPage'),
});

const serviceGroups = createRoute({
  getParentRoute: () => settings,
  path: '/groups',
  component: lazyRouteComponent(() => import('@/features/settings/groups/GroupsPage'), 'GroupsPage'),
});

const locations = createRoute({
  getParentRoute: () => settings,
  path: '/locations',
  component: lazyRouteComponent(() => import('@/features/settings/locations/LocationsPage'), 'LocationsPage'),
});

const members = createRoute({
  getParentRoute: () => settings,
  path: '/members',
  component: lazyRouteComponent(() => import('@/features/settings/members/MembersPage'), 'MembersPage'),
});

const serviceKeys = createRoute({
  getParentRoute: () => settings,
  path: '/keys',
  validateSearch: (search) => pagedSearch.parse(search),
  component: lazyRouteComponent(() => import('@/features/settings/keys/KeysPage'), 'KeysPage'),
});

const webhooks = createRoute({
  getParentRoute: () => settings,
  path: '/webhooks',
  validateSearch: (search) => pagedSearch.parse(search),
  component: lazyRouteComponent(() => import('@/features/settings/webhooks/WebhooksPage'), 'WebhooksPage'),
});

const alertAddresses = createRoute({
  getParentRoute: () => settings,
  path: '/addresses',
  validateSearch: (search) => addressesSearch.parse(search),
  component: lazyRouteComponent(() => import('@/features/settings/addresses/AddressesPage'), 'AddressesPage'),
});

const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  component: lazyRouteComponent(() => import('@/features/account/AccountPage'), 'AccountPage'),
});

const routeTree = root.addChildren([
  home,
  inbox,
  alert,
  claims,
  claim,
  payers,
  payer,
  uploads,
  sources,
  sourceMappings,
  upload,
  uploadMapping,
  exports,
  audit,
  backtest,
  explore,
  account,
  settings.addChildren([
    settingsHome,
    detectionSettings,
    knownEvents,
    serviceGroups,
    locations,
    members,
    serviceKeys,
    webhooks,
    alertAddresses,
  ]),
]);

export const makeRouter = (history?: RouterHistory) =>
  createRouter({ routeTree, history, parseSearch, stringifySearch, defaultPreload: 'intent', scrollRestoration: true });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
