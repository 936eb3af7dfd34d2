import examples from '../../../../docs/cookbook.md';
import classes from './explore.module.css';

export type Example = (typeof examples)[number];

/** The questions of the cookbook, as beginnings. */
export default function ExamplesPanel({ onOpen }: { onOpen: (example: Example) => void }) {
  return (
    <ul className={classes.list} aria-label="Examples">
      {examples.map((example) => (
        <li key={example.title}>
          <button type="button" className={classes.item} onClick={() => onOpen(example)}>
            <span className={classes.name}>{example.title}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
