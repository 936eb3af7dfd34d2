import { Badge, type CSSVariablesResolver, createTheme, type ModalProps, Notification } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: 9,
  autoContrast: false,
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  headings: { fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif", fontWeight: '650' },
  respectReducedMotion: true,
  colors: {
    dark: [
      '#e8eaec',
      '#b3bac1',
      '#8d959d',
      '#69717a',
      '#3f454c',
      '#31363c',
      '#282c31',
      '#1e2125',
      '#16181b',
      '#101214',
    ],
  },
  components: {
    Badge: Badge.extend({ defaultProps: { tt: 'none', fw: 550, radius: 'sm' } }),
    // Named without its component: pages load dialogs when they open them.
    Modal: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } satisfies Partial<ModalProps> },
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Dismiss' } } }),
  },
});

const mix = (color: string, share: number, other: 'black' | 'white') =>
  `color-mix(in srgb, ${color}, ${other} ${share}%)`;

/** How much black a hue's darkest shade needs until white text on it reaches 4.5:1. */
const DEEPEN: Record<string, number> = { yellow: 42, lime: 35, orange: 22, green: 20, teal: 18, cyan: 15 };
const DEEPEN_OTHERS = 8;

/** Mantine's own pairs of text and background miss WCAG AA (dimmed 3.32:1, active links 4.32:1): each pair is set here, once. */
export const contrastResolver: CSSVariablesResolver = (mantine) => {
  const { gray, dark: night, red } = mantine.colors;
  const light: Record<string, string> = {
    '--mantine-color-dimmed': gray[7],
    '--mantine-color-placeholder': gray[7],
    '--mantine-color-error': red[9],
    '--mantine-color-anchor': 'var(--accent)',
    '--mantine-color-teal-light': 'var(--accent-soft)',
    '--mantine-color-teal-light-hover': 'color-mix(in srgb, var(--accent-soft), black 5%)',
  };
  const dark: Record<string, string> = {
    '--mantine-color-dimmed': night[1],
    '--mantine-color-placeholder': night[1],
    '--mantine-color-error': red[4],
    '--mantine-color-anchor': 'var(--accent)',
  };
  for (const [name, shades] of Object.entries(mantine.colors)) {
    if (name === 'dark') continue;
    const deepen = DEEPEN[name] ?? DEEPEN_OTHERS;
    const deep = mix(shades[9], deepen, 'black');
    for (const scheme of [light, dark]) {
      scheme[`--mantine-color-${name}-filled`] = deep;
      scheme[`--mantine-color-${name}-filled-hover`] = mix(shades[9], deepen + 12, 'black');
    }
    light[`--mantine-color-${name}-light-color`] = mix(shades[9], deepen + 15, 'black');
    light[`--mantine-color-${name}-outline`] = deep;
    light[`--mantine-color-${name}-text`] = deep;
    dark[`--mantine-color-${name}-light-color`] = shades[2];
    dark[`--mantine-color-${name}-outline`] = shades[3];
    dark[`--mantine-color-${name}-text`] = shades[3];
  }
  return { variables: {}, light, dark };
};
