import classes from './dialog.module.css';

/** What stood in the way, told as soon as it is there. */
export function DialogProblem({ message }: { message: string | null | undefined }) {
  return message ? (
    <p className={classes.problem} role="alert">
      {message}
    </p>
  ) : null;
}
