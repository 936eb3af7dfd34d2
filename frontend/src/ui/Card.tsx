import { type ReactNode, useId } from 'react';
import classes from './card.module.css';

type CardProps = { title: string; note?: ReactNode; aside?: ReactNode; children: ReactNode };

/** A titled part of a page. */
export function Card({ title, note, aside, children }: CardProps) {
  const id = useId();
  return (
    <section className={classes.card} aria-labelledby={id}>
      <div className={classes.head}>
        <div>
          <h2 className={classes.title} id={id}>
            {title}
          </h2>
          {note ? <p className={classes.note}>{note}</p> : null}
        </div>
        {aside}
      </div>
      {children}
    </section>
  );
}
