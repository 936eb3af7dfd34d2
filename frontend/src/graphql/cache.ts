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
  'SavedQueryPage',
  'JobPage',
  'RowErrorPage',
  'SignalPoint',
  'CategoryShare',
  'ReasonShare',
  'ServiceGroupShare',
  'Elsewhere',
  'OwnChange',
  'DetectionSettings',
  'AuditEventPage',
  'AuditDifference',
  'ConfigurationChangePage',
  'AuditActor',
  'AuditTarget',
  'AuditDetail',
  'AuditChain',
  'KnownEventPage',
  'ServiceKeyPage',
  'WebhookPage',
  'AlertWebhookPage',
  'AlertDeliveryPage',
  'Location',
  'LocationAlias',
  'LocationSuggestion',
  'ServiceGroupMove',
  'ServiceGroupPreview',
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
  'SourceMappingPage',
  'SourceMappingColumn',
  'RejectedRow',
  'RejectedCell',
  'NamedUpload',
  'MendingFile',
  'SecondFactor',
  'SecondFactorEnrolment',
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
const queriesChanged = (_result: unknown, _args: unknown, cache: Cache) => forget(cache, 'savedQueries');
const settingsChanged = (_result: unknown, _args: unknown, cache: Cache) =>
  forget(cache, 'detectionSettings', 'alerts', 'signals', 'signalsWaiting');
/** Events stand with the signals they may explain. */
const eventsChanged = (_result: unknown, _args: unknown, cache: Cache) =>
  forget(cache, 'knownEvents', 'alert', 'signal');
const serviceKeysChanged = (_result: unknown, _args: unknown, cache: Cache) => forget(cache, 'serviceKeys');
/** The first one ends the other sessions. */
const secondFactorChanged = (_result: unknown, _args: unknown, cache: Cache) =>
  forget(cache, 'secondFactor', 'passkeys', 'ownSessions');
const ownSessionsChanged = (_result: unknown, _args: unknown, cache: Cache) => forget(cache, 'ownSessions');
const invitationsChanged = (_result: unknown, _args: unknown, cache: Cache) => forget(cache, 'invitations');
/** What somebody had asked others to goes with the right to ask. */
const membersChanged = (_result: unknown, _args: unknown, cache: Cache) => forget(cache, 'members', 'invitations');
const webhooksChanged = (_result: unknown, _args: unknown, cache: Cache) => forget(cache, 'webhooks');
/** What is tested, rotated or removed stands in both lists. */
const addressesChanged = (_result: unknown, _args: unknown, cache: Cache) =>
  forget(cache, 'alertWebhooks', 'alertDeliveries');
const mappingsChanged = (_result: unknown, _args: unknown, cache: Cache) =>
  forget(cache, 'uploadTable', 'sourceMappings');
const groupsChanged = (_result: unknown, _args: unknown, cache: Cache) =>
  forget(cache, 'serviceGroups', 'serviceGroupEdits', 'regroupings', 'claims', 'claim');
const locationsChanged = (_result: unknown, _args: unknown, cache: Cache) =>
  forget(cache, 'locations', 'locationSuggestions', 'regroupings', 'claims', 'claim');
/** A row that was closed or opened has left one list of its upload's rows for another. */
const rowsChanged = (result: Record<string, unknown>, _args: unknown, cache: Cache) => {
  for (const payload of Object.values(result) as ({ upload?: { id: string } | null } | null)[]) {
    if (!payload?.upload) continue;
    const upload = { __typename: 'IntakeUpload', id: payload.upload.id };
    for (const { fieldName, arguments: args } of cache.inspectFields(upload)) {
      if (fieldName === 'rowErrors') cache.invalidate(upload, fieldName, args);
    }
  }
};
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
        confirmSecondFactor: secondFactorChanged,
        renewRecoveryCodes: secondFactorChanged,
        turnOffSecondFactor: secondFactorChanged,
        addPasskey: secondFactorChanged,
        removePasskey: secondFactorChanged,
        endSession: ownSessionsChanged,
        endOtherSessions: ownSessionsChanged,
        inviteMember: invitationsChanged,
        resendInvitation: invitationsChanged,
        revokeInvitation: invitationsChanged,
        changeMemberRole: membersChanged,
        removeMember: membersChanged,
        createWebhook: webhooksChanged,
        rotateWebhook: webhooksChanged,
        revokeWebhook: webhooksChanged,
        createAlertWebhook: addressesChanged,
        rotateAlertWebhook: addressesChanged,
        removeAlertWebhook: addressesChanged,
        testAlertWebhook: addressesChanged,
        mapUpload: mappingsChanged,
        forgetSourceMapping: mappingsChanged,
        restoreSourceMapping: mappingsChanged,
        mendRow: rowsChanged,
        dismissRow: rowsChanged,
        reopenRow: rowsChanged,
        createExport: exportsChanged,
        retryExport: exportsChanged,
        exportSavedQuery: exportsChanged,
        createSavedQuery: queriesChanged,
        changeSavedQuery: queriesChanged,
        deleteSavedQuery: queriesChanged,
        scheduleSavedQuery: queriesChanged,
        unscheduleSavedQuery: queriesChanged,
        saveServiceGroup: groupsChanged,
        removeServiceGroup: groupsChanged,
        restoreServiceGroups: groupsChanged,
        regroupClaims: groupsChanged,
        mergeLocations: locationsChanged,
        partLocation: locationsChanged,
        keepLocationsApart: locationsChanged,
        renamePayer: payersChanged,
        addPayerAlias: payersChanged,
        keepPayersApart: payersChanged,
      },
    },
  });
}
