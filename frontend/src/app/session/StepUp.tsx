import { lazy, Suspense } from 'react';
import { useStore } from '@/lib/store';
import type { StepUp as Asking } from './stepUpQuestion';

const StepUpDialog = lazy(() => import('./StepUpDialog'));

/** Asks whenever something needs the person confirmed. */
export function StepUp({ stepUp }: { stepUp: Asking }) {
  if (!useStore(stepUp).asked) return null;
  return (
    <Suspense>
      <StepUpDialog onAnswer={stepUp.answer} />
    </Suspense>
  );
}
