import { Button } from '@mantine/core';
import { IconUserShield } from '@tabler/icons-react';
import type { ReactNode } from 'react';

type ProviderButtonProps = { loading: boolean; onClick: () => void; children: ReactNode };

/** Leads to the identity provider, from a form that has another way on above it. */
export const ProviderButton = ({ loading, onClick, children }: ProviderButtonProps) => (
  <Button
    variant="default"
    size="md"
    fullWidth
    leftSection={<IconUserShield size={19} />}
    loading={loading}
    onClick={onClick}
  >
    {children}
  </Button>
);
