import type { ClaimsSearch } from '@/app/urls';
import type { ClaimFilter } from '@/graphql/tada';

export const PAGE_SIZE = 50;

/** The URL's filters as the API's; also what an export of this list is made of. */
export function claimFilter(search: ClaimsSearch): ClaimFilter {
  const filter: ClaimFilter = {
    payerId: search.payer,
    serviceGroupId: search.group,
    outcome: search.outcome,
    denialCategory: search.category,
    denialCode: search.code,
    procedureCode: search.procedure,
    location: search.location,
    submittedFrom: search.submittedFrom,
    submittedTo: search.submittedTo,
    decidedFrom: search.decidedFrom,
    decidedTo: search.decidedTo,
    controlNumber: search.control,
    signalId: search.signal,
    uploadId: search.upload,
    patientId: search.patient,
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

export const isFiltered = (search: ClaimsSearch): boolean => Object.keys(claimFilter(search)).length > 0;
