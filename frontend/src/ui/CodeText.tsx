import classes from './codeText.module.css';

type CodeTextProps = {
  code: string;
  label: string;
  /** What the code says in full, where the organization has a licence for the words. */
  text: string | null;
};

/** A code with its short label; where there is a full text, the two open it. */
export function CodeText({ code, label, text }: CodeTextProps) {
  const named = (
    <>
      <span className={classes.code}>{code}</span> {label}
    </>
  );
  if (text === null) return named;
  return (
    <details className={classes.text}>
      <summary>{named}</summary>
      <p>{text}</p>
    </details>
  );
}
