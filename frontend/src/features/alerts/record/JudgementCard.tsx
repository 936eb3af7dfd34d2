import { usePermission } from '@/app/session/SessionContext';
import { type FragmentOf, readFragment } from '@/graphql/tada';
import { formatMoment, formatMoney } from '@/lib/format';
import { Card } from '@/ui/Card';
import type { AlertHandle } from '../actions/useAlertActions';
import { VERDICT_LABEL } from '../words';
import { JudgementsFragment } from './documents';
import { JudgementForm } from './JudgementForm';
import classes from './judgement.module.css';

type JudgementCardProps = { data: FragmentOf<typeof JudgementsFragment>; alert: AlertHandle };

/** Was it real? What people judged before, and the form to judge now; judgements teach the ranking. */
export function JudgementCard({ data, alert }: JudgementCardProps) {
  const { judgements } = readFragment(JudgementsFragment, data);
  const mayWrite = usePermission('ALERTS_WRITE');
  if (!mayWrite && judgements.length === 0) return null;
  return (
    <Card title="Was it real?" note="Your judgement ranks later alerts">
      {judgements.length > 0 ? (
        <ul className={classes.earlier}>
          {judgements.map(({ id, verdict, note, recoveredAmount, judgedBy, judgedAt }) => (
            <li key={id}>
              <strong>{VERDICT_LABEL[verdict]}</strong>
              {recoveredAmount ? ` · ${formatMoney(recoveredAmount)} recovered` : ''}
              <span className={classes.by}>
                {judgedBy?.name ?? 'A former member'}, {formatMoment(judgedAt)}
              </span>
              {note ? <span className={classes.note}>{note}</span> : null}
            </li>
          ))}
        </ul>
      ) : null}
      {mayWrite ? <JudgementForm alertId={alert.id} /> : null}
    </Card>
  );
}
