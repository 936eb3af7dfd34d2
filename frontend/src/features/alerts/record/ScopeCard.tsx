import { IconBuildingCommunity, IconHelpCircle, IconUser } from '@tabler/icons-react';
import { scaleLinear } from 'd3-scale';
import { formatChange, formatInterval } from '@/graphql/measures';
import { type FragmentOf, type ResultOf, readFragment, type Scope } from '@/graphql/tada';
import { plural } from '@/lib/format';
import { Card } from '@/ui/Card';
import { SignalScopeFragment } from './documents';
import classes from './scope.module.css';

type Signal = ResultOf<typeof SignalScopeFragment>;

const VERDICT: Record<Scope, { title: string; icon: typeof IconUser }> = {
  THIS_PAYER: { title: 'This payer only', icon: IconUser },
  EVERYWHERE: { title: 'Everywhere', icon: IconBuildingCommunity },
  UNCLEAR: { title: 'Cannot be told yet', icon: IconHelpCircle },
};

function sentence({ scope, scopeSentence, elsewhere }: Signal): string {
  if (scope !== 'UNCLEAR') {
    const [, ...rest] = scopeSentence.split(': ');
    const said = rest.join(': ');
    return said.charAt(0).toUpperCase() + said.slice(1);
  }
  return elsewhere
    ? 'What the other payers have decided since the change fits both: they may show it too, or not.'
    : 'Changes of this kind are not compared with other payers.';
}

/** Is it them or us? The same services at the other payers over the same days. */
export function ScopeCard({ data }: { data: FragmentOf<typeof SignalScopeFragment> }) {
  const signal = readFragment(SignalScopeFragment, data);
  const { title, icon: Icon } = VERDICT[signal.scope];
  return (
    <Card title="Them or us?" note="The same services at your other payers, over the same days, are the control">
      <div className={classes.verdict} data-scope={signal.scope}>
        <Icon size={20} stroke={1.7} aria-hidden="true" />
        <p>
          <strong>{title}.</strong> {sentence(signal)}
        </p>
      </div>
      {signal.elsewhere ? <Comparison signal={signal} elsewhere={signal.elsewhere} /> : null}
    </Card>
  );
}

type Row = {
  name: string;
  before: number;
  after: number | null;
  low: number | null;
  high: number | null;
  basis: string;
};

function Comparison({ signal, elsewhere }: { signal: Signal; elsewhere: NonNullable<Signal['elsewhere']> }) {
  const { kind } = signal;
  const rows: Row[] = [
    {
      name: signal.payer.name,
      before: signal.before,
      after: signal.after,
      low: signal.afterLow,
      high: signal.afterHigh,
      basis: '',
    },
    ...(elsewhere.before === null
      ? []
      : [
          {
            name: 'Your other payers',
            before: elsewhere.before,
            after: elsewhere.after,
            low: elsewhere.after === null ? null : elsewhere.afterLow,
            high: elsewhere.after === null ? null : elsewhere.afterHigh,
            basis: plural(elsewhere.claims, 'claim'),
          },
        ]),
  ];
  const highest = Math.max(...rows.flatMap(({ before, after, high }) => [before, after ?? 0, high ?? 0])) || 1;
  const x = scaleLinear([0, highest], [2, 98]);
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col">Payer</th>
          <th scope="col" className={classes.picture}>
            Before and since
          </th>
          <th scope="col">Before → since</th>
          <th scope="col">Since, 95% interval</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, before, after, low, high, basis }) => (
          <tr key={name}>
            <th scope="row">
              {name}
              {basis ? <span className={classes.basis}>{basis} since</span> : null}
            </th>
            <td className={classes.picture} aria-hidden="true">
              <svg width="100%" height={18} aria-hidden="true">
                <line x1="0" x2="100%" y1={9} y2={9} className={classes.track} />
                {low !== null && high !== null ? (
                  <line x1={`${x(low)}%`} x2={`${x(high)}%`} y1={9} y2={9} className={classes.interval} />
                ) : null}
                <circle cx={`${x(before)}%`} cy={9} r={4.5} className={classes.before} />
                {after === null ? null : <circle cx={`${x(after)}%`} cy={9} r={4.5} className={classes.after} />}
              </svg>
            </td>
            <td>{formatChange({ kind, before, after })}</td>
            <td>{low === null || high === null ? 'not known yet' : formatInterval(kind, low, high)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
