/** The project's mark: an anvil in a hexagon. The same drawing is public/favicon.svg. */
export const Logo = () => (
  <svg width="32" height="32" viewBox="0 0 32 32" aria-hidden="true">
    <path d="M16 1l13 7.5v15L16 31 3 23.5v-15z" fill="#f59e0b" />
    <path
      d="M7 11h18v3c-3 .4-5.5 1.6-6.5 4v2.5H21V23H11v-2.5h2.5V18C13 16 10 14.5 7 14z"
      fill="#1f2937"
    />
  </svg>
);
