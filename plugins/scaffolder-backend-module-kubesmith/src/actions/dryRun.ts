/** Stands for ids that a dry run does not make. */
export const DRY_RUN_ID = '00000000-0000-4000-8000-000000000000';
