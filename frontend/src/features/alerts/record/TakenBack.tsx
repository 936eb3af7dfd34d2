import { Alert } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type FragmentOf, readFragment } from '@/graphql/tada';
import { formatCount, formatMoment } from '@/lib/format';
import { TakenBackFragment } from './documents';

/** That evidence of the alert was taken back with its upload, and whether detection has looked again since. */
export function TakenBack({ data }: { data: FragmentOf<typeof TakenBackFragment> }) {
  const { takenBack, state } = readFragment(TakenBackFragment, data);
  if (takenBack.length === 0) return null;
  const pending = takenBack.some(({ lookedAgainAt }) => lookedAgainAt === null);
  return (
    <Alert
      mb={16}
      color={pending ? 'yellow' : 'gray'}
      role="status"
      title={pending ? 'Part of its evidence was taken back' : 'Part of its earlier evidence was taken back'}
    >
      <ul style={{ margin: 0, paddingLeft: 18 }}>
        {takenBack.map(({ upload, takenBackAt, takenBackBy, claims, ofClaims, lookedAgainAt }) => (
          <li key={`${upload?.id} ${takenBackAt}`}>
            It rested in part on{' '}
            {upload ? (
              <Link to="/uploads/$uploadId" params={{ uploadId: upload.id }}>
                {upload.fileName}
              </Link>
            ) : (
              'an upload'
            )}
            {takenBackAt
              ? `, taken back on ${formatMoment(takenBackAt)}${takenBackBy ? ` by ${takenBackBy.name}` : ''}`
              : ', which is being taken back'}
            : {formatCount(claims)} of {formatCount(ofClaims)} claims.{' '}
            {lookedAgainAt
              ? `Detection looked again on ${formatMoment(lookedAgainAt)}${state === 'RESOLVED' ? '.' : ': the alert stands.'}`
              : 'Detection has not looked again yet: the figures below still count them.'}
          </li>
        ))}
      </ul>
    </Alert>
  );
}
