import type { ReactNode } from 'react';
import classes from './facts.module.css';

type FactsProps = { facts: readonly (readonly [label: string, value: ReactNode])[]; stacked?: boolean };

/** Labelled values: side by side where they are few, one below the other in a narrow column. */
export function Facts({ facts, stacked }: FactsProps) {
  return (
    <dl className={stacked ? classes.stacked : classes.facts}>
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
