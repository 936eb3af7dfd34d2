import { Anchor, Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

type LinkButtonProps = ButtonProps &
  Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps> & { ref?: Ref<HTMLAnchorElement> };

/** A link that looks like a button, checked against the routes. */
export const LinkButton = createLink((props: LinkButtonProps) => <Button component="a" {...props} />);

/** A link in running text, checked against the routes. */
export const TextLink = createLink(Anchor<'a'>);
