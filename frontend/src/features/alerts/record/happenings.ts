import type { OwnChangeKind, ResultOf } from '@/graphql/tada';
import { EVENT_KIND_LABEL } from '@/graphql/words';
import type { HappeningsFragment } from './documents';

type Known = ResultOf<typeof HappeningsFragment>;

/** Something on record near a change; `number` stands beside it in the list and on the chart. */
export type Happening = {
  number: number;
  key: string;
  from: string;
  to: string;
  title: string;
  about: string;
  note: string;
};

const OWN: Record<OwnChangeKind, (what: string) => string> = {
  NEW_LOCATION: (what) => `First claims from ${what}`,
  NEW_PROVIDER: (what) => `First claims of provider ${what}`,
  SERVICE_GROUP_EDITED: (what) => `The codes of ${what} were changed`,
  PAYER_RENAMED: () => 'This payer was renamed',
  PAYER_ALIAS_ADDED: () => 'This payer got another name in files',
  PAYER_MERGED: () => 'Another payer was merged into this one',
  LOCATIONS_MERGED: () => 'Locations were made one, or parted again',
  SOURCE_MAPPED: () => 'The columns of a source were mapped',
};

/** What the practice knew of and what it changed itself, by date. */
export function happeningsOf({ knownEvents, ownChanges }: Known): Happening[] {
  const known = knownEvents.map(({ id, kind, title, note, firstDay, lastDay, payer, serviceGroup }) => ({
    key: id,
    from: firstDay,
    to: lastDay ?? firstDay,
    title,
    about: [EVENT_KIND_LABEL[kind], payer?.name ?? 'all payers', serviceGroup?.name].filter(Boolean).join(' · '),
    note,
  }));
  const own = ownChanges.map(({ kind, day, what }) => ({
    key: `${kind} ${day} ${what}`,
    from: day,
    to: day,
    title: OWN[kind](what),
    about: 'Your own change, from your data',
    note: '',
  }));
  return [...known, ...own]
    .sort((one, other) => one.from.localeCompare(other.from))
    .map((each, index) => ({ ...each, number: index + 1 }));
}
