import type { Exchange } from '@urql/core';
import { type Cache, cacheExchange } from '@urql/exchange-graphcache';

/** Parts of an answer that have no identity of their own: they live inside their parent. */
const EMBEDDED = [
  'PageInfo',
  'AlertPage',
  'SignalPage',
  'ClaimPage',
  'PayerPage',
  'IntakeUploadPage',
  'ExportPage',
  'JobPage',
  'RowErrorPage',
  'SignalPoint',
  'CategoryShare',
  'ReasonShare',
  'ServiceGroupShare',
  'Elsewhere',
  'OwnChange',
  'DetectionSettings',
  'KnownEventPage',
  'ServiceKeyPage',
  'WebhookPage',
  'Backtest',
  'BacktestSignal',
  'PayerSummary',
  'PayerSuggestion',
  'WeekPoint',
  'Finding',
  'UploadQuality',
  'QualityPart',
  'QualityLack',
  'RejectedReason',
  'OutcomeCount',
  'PayerCount',
  'DaySpan',
  'AcknowledgedStatus',
  'AuthorizedService',
  'SubmissionError',
  'ClaimEvent',
  'ClaimChange',
  'ClaimReason',
  'ClaimRemark',
  'ClaimAsOf',
  'TakenBackEvidence',
  'UploadAcknowledged',
  'UploadTable',
  'TableColumn',
  'TableRow',
  'OutcomeWord',
  'Problem',
  'Session',
];

/** Forgets every answer of these root fields, so that lists on screen ask again. */
function forget(cache: Cache, ...fields: string[]) {
  for (const { fieldName, fieldKey } of cache.inspectFields('Query')) {
    if (fields.includes(fieldName)) cache.invalidate('Query', fieldKey);
  }
}

const alertsChanged = (_result: unknown, _args: unknown, cache: Cache) => forget(cache, 'alerts', 'payers');
const exportsChanged = (_result: unknown, _args: unknown, cache: Cache) => forget(cache, 'exports');
const settingsChanged = (_result: unknown, _args: unknown, cache: Cache) =>
  forget(cache, 'detectionSettings', 'alerts', 'signals', 'signalsWaiting');
/** Events stand with the signals they may explain. */
const eventsChanged = (_result: unknown, _args: unknown, cache: Cache) =>
  forget(cache, 'knownEvents', 'alert', 'signal');
const serviceKeysChanged = (_result: unknown, _args: unknown, cache: Cache) => forget(cache, 'serviceKeys');
const webhooksChanged = (_result: unknown, _args: unknown, cache: Cache) => forget(cache, 'webhooks');
const tablesChanged = (_result: unknown, _args: unknown, cache: Cache) => forget(cache, 'uploadTable');
const payersChanged = (_result: unknown, _args: unknown, cache: Cache) =>
  forget(cache, 'payers', 'payer', 'payerSuggestions', 'alerts', 'claims');

export function createCache(): Exchange {
  return cacheExchange({
    keys: Object.fromEntries(EMBEDDED.map((name) => [name, () => null])),
    updates: {
      Mutation: {
        acknowledgeAlert: alertsChanged,
        snoozeAlert: alertsChanged,
        resolveAlert: alertsChanged,
        reopenAlert: alertsChanged,
        assignAlert: alertsChanged,
        judgeAlert: alertsChanged,
        updateDetectionSettings: settingsChanged,
        createKnownEvent: eventsChanged,
        updateKnownEvent: eventsChanged,
        deleteKnownEvent: eventsChanged,
        createServiceKey: serviceKeysChanged,
        revokeServiceKey: serviceKeysChanged,
        createWebhook: webhooksChanged,
        rotateWebhook: webhooksChanged,
        revokeWebhook: webhooksChanged,
        mapUpload: tablesChanged,
        createExport: exportsChanged,
        retryExport: exportsChanged,
        renamePayer: payersChanged,
        addPayerAlias: payersChanged,
        keepPayersApart: payersChanged,
      },
    },
  });
}
