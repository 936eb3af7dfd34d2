import { useQuery } from 'urql';
import { formatCount, formatMoment } from '@/lib/format';
import { Card } from '@/ui/Card';
import classes from './audit.module.css';
import { ConfigurationChangesQuery } from './documents';
import { NAMELESS } from './filters';

const KIND_LABEL = { CREATE: 'Added', UPDATE: 'Changed', DELETE: 'Removed' } as const;

/** How one record of the configuration was changed, field by field; nothing for records that are none. */
export function RecordChanges({ type, id }: { type: string; id: string }) {
  const [{ data }] = useQuery({
    query: ConfigurationChangesQuery,
    variables: { targetType: type, targetId: id },
    requestPolicy: 'cache-and-network',
  });
  const changes = data?.configurationChanges;
  if (!changes || changes.items.length === 0) return null;
  return (
    <Card title="What was changed">
      <ol className={classes.changes}>
        {changes.items.map(({ id, at, kind, actor, differences }) => (
          <li key={id}>
            <span className={classes.label}>{KIND_LABEL[kind]}</span> by {actor.name ?? NAMELESS[actor.kind]},{' '}
            <time dateTime={at}>{formatMoment(at)}</time>
            <dl>
              {differences.map(({ name, before, after }) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>
                    {before === null ? null : <del>{before}</del>} {after === null ? null : <ins>{after}</ins>}
                  </dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ol>
      {changes.totalCount > changes.items.length ? (
        <p>
          The newest {formatCount(changes.items.length)} of {formatCount(changes.totalCount)} changes.
        </p>
      ) : null}
    </Card>
  );
}
