import { initGraphQLTada } from 'gql.tada';
import type { introspection } from './schema.generated';

export type { FragmentOf, ResultOf, VariablesOf } from 'gql.tada';
export { readFragment } from 'gql.tada';

export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { Date: string; DateTime: string; Decimal: string; JSON: unknown; Upload: File };
}>();

export type Permission = ReturnType<typeof graphql.scalar<'Permission'>>;
export type AlertState = ReturnType<typeof graphql.scalar<'AlertState'>>;
export type AlertOrder = ReturnType<typeof graphql.scalar<'AlertOrder'>>;
export type SignalKind = ReturnType<typeof graphql.scalar<'SignalKind'>>;
export type StreamLevel = ReturnType<typeof graphql.scalar<'StreamLevel'>>;
export type Scope = ReturnType<typeof graphql.scalar<'Scope'>>;
export type KnownEventKind = ReturnType<typeof graphql.scalar<'KnownEventKind'>>;
export type OwnChangeKind = ReturnType<typeof graphql.scalar<'OwnChangeKind'>>;
export type JobState = ReturnType<typeof graphql.scalar<'JobState'>>;
export type Verdict = ReturnType<typeof graphql.scalar<'Verdict'>>;
export type Outcome = ReturnType<typeof graphql.scalar<'Outcome'>>;
export type ClaimFact = ReturnType<typeof graphql.scalar<'ClaimFact'>>;
export type Standing = ReturnType<typeof graphql.scalar<'Standing'>>;
export type ExportKind = ReturnType<typeof graphql.scalar<'ExportKind'>>;
export type UploadKind = ReturnType<typeof graphql.scalar<'UploadKind'>>;
export type ServiceKeyScope = ReturnType<typeof graphql.scalar<'ServiceKeyScope'>>;
export type Role = ReturnType<typeof graphql.scalar<'Role'>>;
export type ClaimFilter = ReturnType<typeof graphql.scalar<'ClaimFilter'>>;
export type AuditFilter = ReturnType<typeof graphql.scalar<'AuditFilter'>>;
export type AuditActionGroup = ReturnType<typeof graphql.scalar<'AuditActionGroup'>>;
export type AuditActorKind = ReturnType<typeof graphql.scalar<'AuditActorKind'>>;
export type AlertFilter = ReturnType<typeof graphql.scalar<'AlertFilter'>>;
export type SecondFactorWay = ReturnType<typeof graphql.scalar<'SecondFactorWay'>>;
