import classes from './chart.module.css';

type LegendEntry = { mark: 'dot' | 'line' | 'reference' | 'band' | 'note'; label: string };

export function Legend({ entries }: { entries: readonly LegendEntry[] }) {
  return (
    <ul className={classes.legend}>
      {entries.map(({ mark, label }) => (
        <li key={mark}>
          <svg width={22} height={12} aria-hidden="true">
            {mark === 'dot' ? <circle cx={11} cy={6} r={2.4} className={classes.dot} /> : null}
            {mark === 'line' || mark === 'reference' ? <path d="M1 6h20" className={classes[mark]} /> : null}
            {mark === 'note' ? (
              <g className={classes.note}>
                <circle cx={11} cy={6} r={5} />
              </g>
            ) : null}
            {mark === 'band' ? (
              <>
                <rect x={4} width={14} height={12} className={classes.band} />
                <path d="M11 0v12" className={classes.change} />
              </>
            ) : null}
          </svg>
          {label}
        </li>
      ))}
    </ul>
  );
}
